package io.asyncore;

import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.nio.channels.spi.AbstractSelector;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

import io.asyncore.transport.NioTransport;

/**
 * Opens selectors and remembers them. The first ones may be made to spin.
 */
final class Selectors extends NioTransport {

	final List<Selector> opened = new ArrayList<>();

	final AtomicInteger spins = new AtomicInteger();

	private int broken;

	Selectors() {
		this(0);
	}

	/**
	 * Create a new instance.
	 * @param broken how many of the selectors are to return at once instead of waiting
	 */
	Selectors(int broken) {
		this.broken = broken;
	}

	@Override
	protected Selector openSelector() throws IOException {
		Selector selector = super.openSelector();
		Selector given = (this.broken-- > 0) ? new Spinning(selector) : selector;
		this.opened.add(given);
		return given;
	}

	private final class Spinning extends AbstractSelector {

		private final Selector real;

		Spinning(Selector real) {
			super(real.provider());
			this.real = real;
		}

		@Override
		protected SelectionKey register(AbstractSelectableChannel channel, int ops, Object attachment) {
			try {
				return channel.register(this.real, ops, attachment);
			}
			catch (IOException ex) {
				throw new IllegalStateException(ex);
			}
		}

		@Override
		public int select(Consumer<SelectionKey> action, long timeout) {
			Selectors.this.spins.incrementAndGet();
			return 0;
		}

		@Override
		public int selectNow(Consumer<SelectionKey> action) throws IOException {
			return this.real.selectNow(action);
		}

		@Override
		public Set<SelectionKey> keys() {
			return this.real.keys();
		}

		@Override
		public Set<SelectionKey> selectedKeys() {
			return this.real.selectedKeys();
		}

		@Override
		public int selectNow() throws IOException {
			return this.real.selectNow();
		}

		@Override
		public int select(long timeout) {
			throw new UnsupportedOperationException();
		}

		@Override
		public int select() {
			throw new UnsupportedOperationException();
		}

		@Override
		public Selector wakeup() {
			this.real.wakeup();
			return this;
		}

		@Override
		protected void implCloseSelector() throws IOException {
			this.real.close();
		}

	}

}
