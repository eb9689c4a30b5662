package io.asyncore.actuate;

import java.util.List;

import org.springframework.boot.actuate.endpoint.OperationResponseBody;

/**
 * Description of a page of the channels that were asked for.
 *
 * @param total how many channels were asked for
 * @param page which page this is, from 0
 * @param size how many channels a page has
 * @param channels the channels of this page
 */
public record ChannelsDescriptor(int total, int page, int size,
		List<ChannelDescriptor> channels) implements OperationResponseBody {

}
