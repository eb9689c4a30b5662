package io.asyncore.actuate;

import java.util.Arrays;
import java.util.Locale;

import io.asyncore.ChannelState;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.OperationResponseBody;
import org.springframework.boot.actuate.endpoint.annotation.DeleteOperation;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import org.springframework.boot.actuate.endpoint.web.annotation.EndpointWebExtension;
import org.springframework.util.MimeType;

/**
 * {@link EndpointWebExtension @EndpointWebExtension} of the {@link AsyncoreEndpoint}: the
 * page, and the status of what is not there.
 */
@EndpointWebExtension(endpoint = AsyncoreEndpoint.class)
public class AsyncoreEndpointWebExtension {

	private static final String DASHBOARD = "dashboard";

	private static final MimeType HTML = MimeType.valueOf("text/html;charset=UTF-8");

	private final AsyncoreEndpoint delegate;

	private final @Nullable Dashboard dashboard;

	/**
	 * Create a new instance.
	 * @param delegate the endpoint
	 * @param dashboard whether there is a page
	 */
	public AsyncoreEndpointWebExtension(AsyncoreEndpoint delegate, boolean dashboard) {
		this.delegate = delegate;
		this.dashboard = dashboard ? new Dashboard() : null;
	}

	/**
	 * Describe some channels, or show the page.
	 * @param section {@code channels} or {@code dashboard}
	 * @param server the name of the server that has accepted them, {@code null} for any
	 * @param name what the name or label of the channels contains, {@code null} for any
	 * @param state their state, {@code null} for any
	 * @param sort by what to sort, {@code null} for the order in which they were made
	 * @param order which comes first
	 * @param page which page, from 0
	 * @param size how many channels a page has
	 * @return the description or the page; not found if there is no such section
	 */
	@ReadOperation
	public WebEndpointResponse<?> section(@Selector String section, @Nullable String server, @Nullable String name,
			@Nullable String state, @Nullable String sort, @Nullable String order, @Nullable String page,
			@Nullable String size) {
		if (DASHBOARD.equals(section) && this.dashboard != null) {
			return new WebEndpointResponse<>(this.dashboard.page(), WebEndpointResponse.STATUS_OK, HTML);
		}
		try {
			ChannelsDescriptor channels = this.delegate.channels(section, server, name,
					constant(ChannelState.class, "state", state), constant(ChannelOrder.class, "sort", sort),
					constant(ChannelOrder.Direction.class, "order", order), number("page", page), number("size", size));
			return (channels != null) ? new WebEndpointResponse<>(channels)
					: new WebEndpointResponse<>(WebEndpointResponse.STATUS_NOT_FOUND);
		}
		catch (InvalidEndpointRequestException ex) {
			// which would not be told to whoever has asked
			return new WebEndpointResponse<>(new Problem(WebEndpointResponse.STATUS_BAD_REQUEST, ex.getReason()),
					WebEndpointResponse.STATUS_BAD_REQUEST);
		}
	}

	// by hand, for what cannot be converted is answered without saying why
	private static <E extends Enum<E>> @Nullable E constant(Class<E> type, String name, @Nullable String value) {
		if (value == null) {
			return null;
		}
		for (E constant : type.getEnumConstants()) {
			if (constant.name().equalsIgnoreCase(value)) {
				return constant;
			}
		}
		String message = "'" + name + "' must be one of "
				+ Arrays.toString(type.getEnumConstants()).toLowerCase(Locale.ROOT);
		throw new InvalidEndpointRequestException(message, message);
	}

	private static @Nullable Integer number(String name, @Nullable String value) {
		try {
			return (value != null) ? Integer.valueOf(value) : null;
		}
		catch (NumberFormatException ex) {
			String message = "'" + name + "' must be a whole number";
			throw new InvalidEndpointRequestException(message, message);
		}
	}

	/**
	 * Close a channel.
	 * @param section {@code channels}
	 * @param id the number of the channel
	 * @return nothing; not found if there is no such channel
	 */
	@DeleteOperation
	public WebEndpointResponse<Void> close(@Selector String section, @Selector long id) {
		return new WebEndpointResponse<>(this.delegate.close(section, id) ? WebEndpointResponse.STATUS_NO_CONTENT
				: WebEndpointResponse.STATUS_NOT_FOUND);
	}

	/**
	 * Says what is wrong with a request.
	 *
	 * @param status the status of the answer
	 * @param detail what is wrong
	 */
	record Problem(int status, @Nullable String detail) implements OperationResponseBody {

	}

}
