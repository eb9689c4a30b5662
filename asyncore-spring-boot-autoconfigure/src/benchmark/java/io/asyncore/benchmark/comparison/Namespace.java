package io.asyncore.benchmark.comparison;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

import io.asyncore.benchmark.UnavailableException;

/**
 * A network of its own for what is measured: nobody else is in it, and congestion control
 * is Reno, for some others pace what goes over loopback, by which rates fall into two
 * groups. As many descriptors may be open as the system allows.
 */
public final class Namespace {

	// sysctl is not everywhere
	private static final String PREPARE = "ip link set lo up && echo reno > /proc/sys/net/ipv4/tcp_congestion_control"
			+ " && ulimit -n $(ulimit -Hn) && exec \"$@\"";

	private Namespace() {
	}

	/**
	 * Return the command that runs another one in a network of its own.
	 * @param command the other one
	 * @return the command
	 * @throws UnavailableException if there is no such thing here
	 * @throws IOException if that cannot be found out
	 */
	public static List<String> command(List<String> command) throws UnavailableException, IOException {
		if (!System.getProperty("os.name").equals("Linux")) {
			throw new UnavailableException("The comparison needs Linux, for epoll and network namespaces");
		}
		Tools.require("ip -V", "'ip' (package iproute2)");
		for (List<String> unshare : List.of(List.of("unshare", "-n"), List.of("unshare", "-r", "-n"))) {
			if (Tools.succeeds(enter(unshare, List.of("true")).toArray(String[]::new))) {
				return enter(unshare, command);
			}
		}
		throw new UnavailableException("The comparison needs a network of its own, and neither 'unshare -n' nor "
				+ "'unshare -r -n' (package util-linux) makes one: be root, or allow user namespaces");
	}

	private static List<String> enter(List<String> unshare, List<String> command) {
		List<String> all = new ArrayList<>(unshare);
		all.addAll(List.of("sh", "-c", PREPARE, "sh"));
		all.addAll(command);
		return all;
	}

}
