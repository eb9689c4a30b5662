package io.asyncore.actuate;

import java.util.List;

import org.springframework.boot.actuate.endpoint.OperationResponseBody;

/**
 * Description of the loops of an application, its servers and its channels by name.
 *
 * @param loops the loops
 * @param servers the servers of the configuration, and those that the application has
 * made
 * @param groups the channels by the names of their beans and servers
 */
public record AsyncoreDescriptor(List<LoopDescriptor> loops, List<ServerDescriptor> servers,
		List<GroupDescriptor> groups) implements OperationResponseBody {

}
