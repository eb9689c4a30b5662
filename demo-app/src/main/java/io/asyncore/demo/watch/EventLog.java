package io.asyncore.demo.watch;

import java.net.SocketAddress;

import io.asyncore.Dispatcher;
import io.asyncore.Hook;
import io.asyncore.context.AcceptPausedEvent;
import io.asyncore.context.AcceptResumedEvent;
import io.asyncore.context.Addresses;
import io.asyncore.context.ChannelClosedEvent;
import io.asyncore.context.ChannelEvent;
import io.asyncore.context.ChannelOpenedEvent;
import io.asyncore.context.LoopRecoveredEvent;
import io.asyncore.context.LoopStalledEvent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/**
 * Logs what happens in the loop: what concerns one connection at level DEBUG, what
 * concerns all of them at level INFO. Called by a thread that is not the loop's, so a
 * listener may take its time.
 */
@Component
class EventLog {

	private static final Logger logger = LoggerFactory.getLogger(EventLog.class);

	@EventListener
	void opened(ChannelOpenedEvent event) {
		if (logger.isDebugEnabled()) {
			logger.debug("Opened {} {}", event.getChannelName(), peer(event));
		}
	}

	@EventListener
	void closed(ChannelClosedEvent event) {
		if (logger.isDebugEnabled()) {
			logger.debug("Closed {} {}, reason {}", event.getChannelName(), peer(event), event.getReason().label());
		}
	}

	private static String peer(ChannelEvent event) {
		SocketAddress peer = event.getPeer();
		return (peer != null) ? Addresses.text(peer) : "without a peer";
	}

	@EventListener
	void paused(AcceptPausedEvent event) {
		logger.info("Paused {}, reason {}", event.getChannelName(), event.getReason().label());
	}

	@EventListener
	void resumed(AcceptResumedEvent event) {
		logger.info("Resumed {}, reason was {}", event.getChannelName(), event.getReason().label());
	}

	@EventListener
	void stalled(LoopStalledEvent event) {
		Dispatcher channel = event.getChannel();
		Hook hook = event.getHook();
		logger.info("Stalled {} by {} of {} for {} ms already", event.getLoop().name(),
				(hook != null) ? hook.label() : "something", (channel != null) ? channel.channelName() : "the loop",
				event.getDuration().toMillis());
	}

	@EventListener
	void recovered(LoopRecoveredEvent event) {
		logger.info("Recovered {} after {} ms", event.getLoop().name(), event.getDuration().toMillis());
	}

}
