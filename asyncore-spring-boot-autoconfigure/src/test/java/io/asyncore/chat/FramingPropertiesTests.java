package io.asyncore.chat;

import java.util.ArrayList;
import java.util.List;

import io.asyncore.chat.FramingCase.Interruption;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.arbitraries.StringArbitrary;

/**
 * What holds for any protocol, any input and however it comes in. The alphabet is small,
 * so that what looks like a delimiter often is none.
 */
class FramingPropertiesTests {

	private static final int UNLIMITED = Integer.MAX_VALUE;

	@Property(tries = 1000)
	void framesAreThoseOfTheWholeInput(@ForAll("undisturbed") FramingCase framing) {
		framing.verifyFrames();
	}

	@Property(tries = 1000)
	void framesDoNotDependOnPauses(@ForAll("pausing") FramingCase framing) {
		framing.verifyFrames();
	}

	@Property(tries = 1000)
	void framesDoNotDependOnFailures(@ForAll("failing") FramingCase framing) {
		framing.verifyFrames();
	}

	@Property(tries = 1000)
	void frameThatIsTooLongIsToldAndLeftOut(@ForAll("limited") FramingCase framing) {
		framing.verifyFrames();
	}

	@Property(tries = 1000)
	void terminatorsSetBetweenReadsLoseNothing(@ForAll("failing") FramingCase framing) {
		framing.verifyNothingIsLost();
	}

	@Provide
	Arbitrary<FramingCase> undisturbed() {
		return cases(Arbitraries.just(UNLIMITED), Interruption.NONE);
	}

	@Provide
	Arbitrary<FramingCase> pausing() {
		return cases(Arbitraries.just(UNLIMITED), Interruption.NONE, Interruption.PAUSE);
	}

	@Provide
	Arbitrary<FramingCase> failing() {
		return cases(Arbitraries.just(UNLIMITED), Interruption.NONE, Interruption.PAUSE, Interruption.FAIL);
	}

	@Provide
	Arbitrary<FramingCase> limited() {
		return cases(Arbitraries.integers().between(1, 12), Interruption.NONE, Interruption.PAUSE, Interruption.FAIL);
	}

	static Arbitrary<FramingCase> cases(Arbitrary<Integer> max, Interruption... interruptions) {
		Arbitrary<List<Terminator>> next = terminators().injectNull(0.2).list().ofMaxSize(10);
		Arbitrary<List<Terminator>> protocols = Combinators.combine(terminators(), next).as((first, others) -> {
			List<Terminator> all = new ArrayList<>();
			all.add(first);
			all.addAll(others);
			return all;
		});
		Arbitrary<Boolean> either = Arbitraries.of(true, false);
		return Combinators
			.combine(protocols, max, either, either,
					Arbitraries.integers().between(1, 20).list().ofMinSize(1).ofMaxSize(6),
					Arbitraries.of(interruptions).list().ofMaxSize(8), text().ofMaxLength(120))
			.as(FramingCase::new);
	}

	private static Arbitrary<Terminator> terminators() {
		Arbitrary<Terminator> delimiters = Arbitraries.strings()
			.withChars('a', 'b')
			.ofMinLength(1)
			.ofMaxLength(5)
			.map((text) -> Terminator.delimiter(Conversation.bytes(text)));
		Arbitrary<Terminator> lengths = Arbitraries.longs().between(0, 15).map(Terminator::length);
		return Arbitraries.frequencyOf(Tuple.of(6, delimiters), Tuple.of(4, lengths),
				Tuple.of(1, Arbitraries.just(Terminator.none())));
	}

	private static StringArbitrary text() {
		return Arbitraries.strings().withChars('a', 'b', 'c');
	}

	@Property(tries = 1000)
	void framesDoNotDependOnNestedLoops(@ForAll("nested") FramingCase framing) {
		framing.verifyFrames();
	}

	@Property(tries = 1000)
	void nestedLoopsLoseNothing(@ForAll("nested") FramingCase framing) {
		framing.verifyNothingIsLost();
	}

	@Provide
	Arbitrary<FramingCase> nested() {
		return cases(Arbitraries.just(UNLIMITED), Interruption.values());
	}

}
