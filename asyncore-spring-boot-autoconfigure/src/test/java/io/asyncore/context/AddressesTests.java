package io.asyncore.context;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Addresses}.
 */
class AddressesTests {

	@ParameterizedTest
	@CsvSource({ "127.0.0.1, 127.0.0.1:80", "::1, [::1]:80", "::, [::]:80", "1::, [1::]:80", "0.0.0.0, 0.0.0.0:80",
			"1:0:0:2:0:0:0:3, [1:0:0:2::3]:80", "1:0:0:2:3:0:0:4, [1::2:3:0:0:4]:80",
			"1:0:2:3:4:5:6:7, [1:0:2:3:4:5:6:7]:80", "10:0:0:10:a:b:c:d, [10::10:a:b:c:d]:80",
			"1:2:3:4:5:6:0:0, [1:2:3:4:5:6::]:80", "0:0:1:2:3:4:5:6, [::1:2:3:4:5:6]:80" })
	void writesAddressesShort(String host, String text) throws UnknownHostException {
		InetSocketAddress address = new InetSocketAddress(InetAddress.getByName(host), 80);
		assertThat(Addresses.text(address)).isEqualTo(text);
		assertThat(InetAddress.getByName(Addresses.host(address))).isEqualTo(address.getAddress());
	}

	@Test
	void whenTheAddressHasAZoneKeepsIt() throws UnknownHostException {
		byte[] bytes = new byte[16];
		bytes[0] = (byte) 0xfe;
		bytes[1] = (byte) 0x80;
		InetAddress local = Inet6Address.getByAddress(null, bytes, 1);
		assertThat(Addresses.text(new InetSocketAddress(local, 80))).matches("\\[fe80::%[a-z0-9]+]:80");
	}

	@Test
	void doesNotLookUpNames() {
		assertThat(Addresses.text(InetSocketAddress.createUnresolved("nowhere.invalid", 80)))
			.isEqualTo("nowhere.invalid:80");
	}

	@Test
	void writesThePathOfAUnixSocket() {
		UnixDomainSocketAddress address = UnixDomainSocketAddress.of("/run/a b");
		assertThat(Addresses.text(address)).isEqualTo("/run/a b");
		assertThat(Addresses.host(address)).isEqualTo("/run/a b");
	}

}
