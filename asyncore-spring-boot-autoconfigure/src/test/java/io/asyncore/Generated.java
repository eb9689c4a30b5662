package io.asyncore;

import org.springframework.cglib.core.SpringNamingPolicy;
import org.springframework.cglib.proxy.Enhancer;
import org.springframework.cglib.proxy.NoOp;

/**
 * Makes classes as Spring does of those it is to intercept.
 */
final class Generated {

	private Generated() {
	}

	/**
	 * Make a dispatcher of a class that is generated.
	 */
	static Dispatcher subclass(Class<? extends Dispatcher> type, ChannelMap map) {
		Enhancer enhancer = new Enhancer();
		enhancer.setSuperclass(type);
		enhancer.setNamingPolicy(SpringNamingPolicy.INSTANCE);
		enhancer.setCallback(NoOp.INSTANCE);
		return (Dispatcher) enhancer.create(new Class<?>[] { ChannelMap.class }, new Object[] { map });
	}

}
