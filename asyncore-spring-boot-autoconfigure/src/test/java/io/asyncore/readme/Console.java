package io.asyncore.readme;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

import io.asyncore.FileDispatcher;

class Console extends FileDispatcher {

	Console() throws IOException {
		super(System.in);
	}

	@Override
	protected void handleData(ByteBuffer data) {
		log(StandardCharsets.UTF_8.decode(data).toString());
	}

}
