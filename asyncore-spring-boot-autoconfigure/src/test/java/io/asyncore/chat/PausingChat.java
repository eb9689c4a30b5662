package io.asyncore.chat;

import java.io.IOException;
import java.nio.channels.SelectableChannel;

import io.asyncore.ChannelMap;

/**
 * A chat that wants no input while it is paused.
 */
class PausingChat extends ScriptedChat {

	volatile boolean paused;

	PausingChat(SelectableChannel socket, ChannelMap map) throws IOException {
		super(socket, map);
	}

	void goOn() {
		this.paused = false;
		interestChanged();
	}

	@Override
	protected boolean readable() {
		return !this.paused && super.readable();
	}

}
