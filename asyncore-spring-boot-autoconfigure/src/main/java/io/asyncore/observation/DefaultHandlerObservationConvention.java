package io.asyncore.observation;

import java.net.SocketAddress;

import io.asyncore.ChannelSnapshot;
import io.asyncore.Dispatcher;
import io.asyncore.context.Addresses;
import io.micrometer.common.KeyValue;
import io.micrometer.common.KeyValues;

/**
 * The {@link HandlerObservationConvention} that is used where no other is given.
 */
public class DefaultHandlerObservationConvention implements HandlerObservationConvention {

	private static final String NAME = "asyncore.handler.observation";

	@Override
	public String getName() {
		return NAME;
	}

	@Override
	public String getContextualName(HandlerObservationContext context) {
		return context.getChannel().channelName() + " " + context.getHook().label();
	}

	@Override
	public KeyValues getLowCardinalityKeyValues(HandlerObservationContext context) {
		Dispatcher channel = context.getChannel();
		// what is made of each value is kept for ever
		String name = channel.map().eventLoop().monitor().countedAs(channel);
		return KeyValues.of(KeyValue.of(HandlerObservation.LowCardinality.CHANNEL, name),
				KeyValue.of(HandlerObservation.LowCardinality.HANDLER, context.getHook().label()));
	}

	@Override
	public KeyValues getHighCardinalityKeyValues(HandlerObservationContext context) {
		Dispatcher channel = context.getChannel();
		SocketAddress peer = Addresses.peer(channel);
		return KeyValues.of(
				KeyValue.of(HandlerObservation.HighCardinality.ID, Long.toString(ChannelSnapshot.id(channel))),
				KeyValue.of(HandlerObservation.HighCardinality.PEER, (peer != null) ? Addresses.text(peer) : "none"));
	}

}
