package io.asyncore;

import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the monitor of a loop and a snapshot tell of files.
 */
@EnabledOnOs(OS.LINUX)
class FileMonitoringTests extends FileFixture {

	private final LoopMonitor monitor = this.map.eventLoop().monitor();

	@Test
	void countsBytesAndReadiness() throws Exception {
		Path fifo = fifo();
		FileChannel both = otherEnd(fifo);
		ScriptedFile reader = new ScriptedFile(fifo, this.map);
		write(both, "12345");
		until(() -> reader.received.length() == 5);
		assertThat(ChannelSnapshot.of(reader).received()).isEqualTo(5);
		assertThat(this.monitor.readiness(Hook.READ)).isPositive();
		assertThat(this.monitor.readiness(Hook.WRITE)).isZero();
		reader.close();
		ScriptedFile writer = new ScriptedFile(fifo, this.map, StandardOpenOption.WRITE);
		int taken = fill(writer);
		writer.on("write", (self) -> self.writing(false)).writing(true);
		until(() -> ChannelSnapshot.of(writer).interest().contains(Hook.WRITE));
		assertThat(ChannelSnapshot.of(writer).sent()).isEqualTo(taken);
		assertThat(ChannelSnapshot.of(writer).queued()).isEqualTo(TWO_BUFFERS);
		read(both, taken);
		until(() -> writer.has("write"));
		assertThat(this.monitor.readiness(Hook.WRITE)).isPositive();
	}

	@Test
	void snapshotHasNoAddresses() throws Exception {
		ScriptedFile file = new ScriptedFile(file("text"), this.map);
		ChannelSnapshot snapshot = ChannelSnapshot.of(file);
		assertThat(snapshot.state()).isEqualTo(ChannelState.CONNECTED);
		assertThat(snapshot.peer()).isNull();
		assertThat(snapshot.local()).isNull();
		assertThat(snapshot.secured()).isFalse();
		assertThat(snapshot.type()).isEqualTo(ScriptedFile.class);
		file.close();
		assertThat(ChannelSnapshot.of(file).state()).isEqualTo(ChannelState.CLOSED);
	}

}
