package io.asyncore;

import java.io.IOException;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Dispatcher#channelName()}.
 */
class ChannelNameTests extends MonitoringFixture {

	@Test
	void byDefaultIsTheSimpleNameOfTheClass() {
		assertThat(new Dispatcher(this.map).channelName()).isEqualTo("Dispatcher");
		assertThat(new Scripted(this.map).channelName()).isEqualTo("Scripted");
	}

	@Test
	void ofAMemberClassIsWithoutTheClassAroundIt() {
		assertThat(new Loopback.Recorder(this.map).channelName()).isEqualTo("Recorder");
	}

	@Test
	void ofAnAnonymousClassIsThatOfTheClassAroundIt() {
		Dispatcher channel = new Dispatcher(this.map) {
		};
		assertThat(channel.channelName()).matches("ChannelNameTests\\$\\d+");
	}

	@Test
	void ofAGeneratedClassIsThatOfTheClassItWasMadeFrom() {
		Dispatcher channel = Generated.subclass(Scripted.class, this.map);
		assertThat(channel.getClass().getName()).contains("$$");
		assertThat(channel.channelName()).isEqualTo("Scripted");
	}

	@Test
	void whenSetIsThat() throws IOException {
		Scripted channel = new Scripted(peer().near(), this.map);
		channel.setChannelName("mine");
		assertThat(channel.channelName()).isEqualTo("mine");
		pass();
		assertThat(this.monitor.group("mine").opened()).isEqualTo(1);
		assertThat(this.monitor.groups()).containsExactly(this.monitor.group("mine"));
	}

	@Test
	void acceptedChannelsHaveThatOfTheirServer() throws IOException {
		ServerDispatcher server = server();
		client(server);
		assertThat(last(server).channelName()).isEqualTo(NAME);
		assertThat(ChannelSnapshot.of(last(server)).server()).isEqualTo(NAME);
		assertThat(group().opened()).isEqualTo(1);
		assertThat(this.monitor.groups()).containsExactly(group());
	}

	@Test
	void acceptedChannelsKeepTheirOwn() throws IOException {
		ServerDispatcher server = server((socket, address) -> {
			Scripted channel = new Scripted(socket, this.map);
			channel.setChannelName("own");
			return channel;
		});
		client(server);
		assertThat(last(server).channelName()).isEqualTo("own");
		assertThat(ChannelSnapshot.of(last(server)).server()).isEqualTo(NAME);
		assertThat(this.monitor.group("own").opened()).isEqualTo(1);
		assertThat(group().accepted()).isEqualTo(1);
	}

	@Test
	void whatAConstructorSendsIsCountedByTheNameOfTheServer() throws IOException {
		ServerDispatcher server = server((socket, address) -> {
			Scripted channel = new Scripted(socket, this.map);
			channel.send(new byte[7]);
			return channel;
		});
		client(server);
		assertThat(last(server).channelName()).isEqualTo(NAME);
		assertThat(group().sent()).isEqualTo(7);
		assertThat(this.monitor.groups()).extracting(ChannelStats::name).containsExactly(NAME);
	}

	@Test
	void acceptedChannelsOfAServerWithoutOneHaveThatOfTheirClass() throws IOException {
		ServerDispatcher server = new ServerDispatcher(Loopback.anyPort(),
				(socket, address) -> new Scripted(socket, this.map), this.map);
		server.open();
		client(server);
		assertThat(last(server).channelName()).isEqualTo("Scripted");
		assertThat(ChannelSnapshot.of(last(server)).server()).isEqualTo("ServerDispatcher");
		assertThat(this.monitor.group("ServerDispatcher").accepted()).isEqualTo(1);
	}

	@Test
	void ofTheLoopIsAskedByItsName() throws IOException {
		EventLoop loop = this.map.eventLoop();
		assertThat(loop.name()).isEqualTo("asyncore-loop");
		loop.setName("mine");
		assertThat(loop.name()).isEqualTo("mine");
		assertThat(ChannelSnapshot.of(channel(peer())).loop()).isEqualTo("mine");
	}

	@Test
	void whenMemberClassIsExtendedByAGeneratedOneItKeepsItsName() {
		assertThat(new Member(this.map).channelName()).isEqualTo("Member");
		assertThat(Generated.subclass(Member.class, this.map).channelName()).isEqualTo("Member");
	}

	@Test
	void whenClassIsALocalOneItsSimpleNameIsTheDefault() {
		class Local extends Dispatcher {

			Local(ChannelMap map) {
				super(map);
			}

		}
		assertThat(new Local(this.map).channelName()).isEqualTo(Local.class.getSimpleName());
	}

	static class Member extends Dispatcher {

		Member(ChannelMap map) {
			super(map);
		}

	}

}
