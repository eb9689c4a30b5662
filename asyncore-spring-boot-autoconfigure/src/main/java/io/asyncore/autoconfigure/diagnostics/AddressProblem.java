package io.asyncore.autoconfigure.diagnostics;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.util.Locale;

import io.asyncore.AddressUnavailableException;
import io.asyncore.AddressUnavailableException.Reason;

/**
 * Why an address cannot be listened on.
 */
enum AddressProblem {

	/** Another socket has it. */
	IN_USE("another socket is using it"),

	/** Its file is there already. */
	FILE_EXISTS("there is a file of that name"),

	/** Another process has the file. */
	LISTENING(Reason.IN_USE.description()),

	/** The file is that of something else. */
	NOT_A_SOCKET(Reason.NOT_A_SOCKET.description()),

	/** There is no directory for the file. */
	NO_DIRECTORY(Reason.NO_DIRECTORY.description()),

	/** The directory cannot have the file. */
	READ_ONLY_DIRECTORY(Reason.READ_ONLY_DIRECTORY.description()),

	/** The system has no room for the path. */
	TOO_LONG(Reason.TOO_LONG.description()),

	/** It is that of another machine. */
	FOREIGN("it does not belong to this machine"),

	/** Not everybody may have it. */
	PRIVILEGED("ports below 1024 need a privilege");

	private static final int FIRST_UNPRIVILEGED_PORT = 1024;

	private final String description;

	AddressProblem(String description) {
		this.description = description;
	}

	String description() {
		return this.description;
	}

	static AddressProblem of(AddressUnavailableException failure) {
		if (!(failure.address() instanceof InetSocketAddress address)) {
			return switch (failure.reason()) {
				case UNKNOWN -> FILE_EXISTS;
				case IN_USE -> LISTENING;
				case NOT_A_SOCKET -> NOT_A_SOCKET;
				case NO_DIRECTORY -> NO_DIRECTORY;
				case READ_ONLY_DIRECTORY -> READ_ONLY_DIRECTORY;
				case TOO_LONG -> TOO_LONG;
			};
		}
		if (!isLocal(address.getAddress())) {
			return FOREIGN;
		}
		boolean inUse = String.valueOf(failure.getMessage()).toLowerCase(Locale.ROOT).contains("in use");
		return (address.getPort() < FIRST_UNPRIVILEGED_PORT && !inUse) ? PRIVILEGED : IN_USE;
	}

	private static boolean isLocal(InetAddress address) {
		try {
			return address.isAnyLocalAddress() || address.isLoopbackAddress()
					|| NetworkInterface.getByInetAddress(address) != null;
		}
		catch (IOException ex) {
			return true;
		}
	}

	static String text(SocketAddress address) {
		if (address instanceof InetSocketAddress inet) {
			String host = inet.getHostString();
			return ((host.indexOf(':') >= 0) ? "[" + host + "]" : host) + ":" + inet.getPort();
		}
		return address.toString();
	}

}
