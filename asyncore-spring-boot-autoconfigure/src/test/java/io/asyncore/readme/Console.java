package io.asyncore.readme;

import java.io.IOException;

import io.asyncore.FileDispatcher;

class Console extends FileDispatcher {

	Console() throws IOException {
		super(System.in);
	}

	@Override
	protected void handleRead() throws IOException {
		log(new String(recv(4096)));
	}

}
