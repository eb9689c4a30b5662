package io.asyncore.transport;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The addresses of this machine, as they were a moment ago: to ask the system takes as
 * long as some hundred datagrams.
 *
 * @param addresses the addresses
 * @param time when they were those of this machine, in nanoseconds
 */
public record OwnAddresses(Set<InetAddress> addresses, long time) {

	private static final Logger logger = LoggerFactory.getLogger(OwnAddresses.class);

	private static final long MOST_AGE = TimeUnit.SECONDS.toNanos(10);

	private static volatile @Nullable OwnAddresses latest;

	/**
	 * Say whether an address is one of this machine. May be called by any thread.
	 * @param address the address
	 * @return whether it is; if the system does not tell, only those of the loopback are
	 */
	public static boolean contain(InetAddress address) {
		return address.isLoopbackAddress() || latest().addresses().contains(address);
	}

	private static OwnAddresses latest() {
		OwnAddresses known = latest;
		long now = System.nanoTime();
		if (known == null || now - known.time() > MOST_AGE) {
			known = new OwnAddresses(find(), now);
			latest = known;
		}
		return known;
	}

	private static Set<InetAddress> find() {
		try {
			return NetworkInterface.networkInterfaces()
				.flatMap(NetworkInterface::inetAddresses)
				.collect(Collectors.toCollection(HashSet::new));
		}
		catch (SocketException ex) {
			logger.debug("The addresses of this machine are not known", ex);
			return Set.of();
		}
	}

}
