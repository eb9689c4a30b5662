// How what the endpoint answers is shown. All of it is set as text or attributes, never as markup.

// who has framed the page could have its buttons clicked without the operator knowing
if (window.top !== window.self) {
	document.body.replaceChildren('This page is not shown in a frame of another one.');
	throw new Error('framed');
}

const HISTORY = 120_000;
const UNKNOWN = '\u2013';

const find = (selector, parent = document) => parent.querySelector(selector);

/* numbers and words */

const plural = (value, word) => `${count(value)} ${word}${value === 1 ? '' : 's'}`;
const digits = (value, most) => value.toLocaleString('en', { maximumFractionDigits: most });
const count = (value) => (value < 1e6 ? digits(value, 0) : scaled(value, ['', 'k', 'M', 'G', 'T']));
const bytes = (value) => scaled(value, ['B', 'kB', 'MB', 'GB', 'TB']);
const share = (value) => (Number.isFinite(value) ? `${digits(100 * value, value < 0.0995 ? 1 : 0)}\u00a0%` : UNKNOWN);
const perSecond = (grown) => (grown >= 0 ? grown / seconds : NaN);
const callRate = (value) => (Number.isFinite(value) ? `${scaled(value, ['', 'k', 'M', 'G'])}/s` : UNKNOWN);
const byteRate = (value) => (Number.isFinite(value) ? `${bytes(value)}/s` : UNKNOWN);
const rate = (grown) => callRate(perSecond(grown));

function scaled(value, units) {
	if (!Number.isFinite(value)) {
		return UNKNOWN;
	}
	let unit = 0;
	for (; value >= 999.5 && unit < units.length - 1; unit++) {
		value /= 1000;
	}
	return `${digits(value, value < 9.95 ? 1 : 0)}\u00a0${units[unit]}`.trim();
}

function duration(millis) {
	if (!Number.isFinite(millis)) {
		return UNKNOWN;
	}
	if (millis < 59_950) {
		const [unit, size] = millis >= 999.5 ? ['s', 1000] : millis >= 0.9995 || !millis ? ['ms', 1] : ['\u00b5s', 0.001];
		return `${digits(millis / size, size >= 1 && millis / size < 99.95 ? 1 : 0)}\u00a0${unit}`;
	}
	const whole = Math.round(millis / 1000);
	const [unit, size, rest, restSize] = [['d', 86_400, 'h', 3600], ['h', 3600, 'min', 60], ['min', 60, 's', 1]]
		.find(([, least]) => whole >= least);
	return `${Math.floor(whole / size)}\u00a0${unit} ${Math.floor((whole % size) / restSize)}\u00a0${rest}`;
}

// a colour for a time during which nothing else was served
const held = (millis) => [duration(millis), millis >= 1000 ? 'bad' : millis >= 100 ? 'warn' : ''];
const unlessZero = (value, tone) => [count(value), value > 0 ? tone : ''];

/* the page is changed in place: focus, selection, scroll positions and dialogs stay */

function attribute(node, name, value) {
	if (value && node.getAttribute(name) !== value) {
		node.setAttribute(name, value);
	}
	else if (!value) {
		node.removeAttribute(name);
	}
}

// content is a text, or a text with its tone and an explanation
function show(node, content) {
	const [text, tone, title] = [].concat(content ?? UNKNOWN);
	if (node.textContent !== String(text)) {
		node.textContent = text;
	}
	attribute(node, 'data-tone', tone);
	attribute(node, node.tagName === 'BUTTON' ? 'aria-label' : 'title', title);
}

function showFields(parent, contents) {
	Object.entries(contents).forEach(([name, content]) => show(find(`[data-field="${name}"]`, parent), content));
}

// makes the children those of the items, in their order; a child with the focus stays where it is, the others move
function sync(parent, items, keyOf, create, update) {
	const known = new Map([...parent.children].map((node) => [node.dataset.key, node]));
	const wanted = new Map(items.map((item) => [String(keyOf(item)), item]));
	const focused = [...parent.children].find((node) => node.contains(document.activeElement));
	known.forEach((node, key) => wanted.has(key) || node.remove());
	if (focused && !focused.isConnected) {
		find('[tabindex]', parent.closest('section'))?.focus({ preventScroll: true });
	}
	let cursor = parent.firstElementChild;
	wanted.forEach((item, key) => {
		const node = known.get(key) ?? create();
		node.dataset.key = key;
		node.item = item;
		while (node === focused && cursor !== focused) {
			const next = cursor.nextElementSibling;
			parent.append(cursor);
			cursor = next;
		}
		if (node === cursor) {
			cursor = cursor.nextElementSibling;
		}
		else {
			parent.insertBefore(node, cursor);
		}
		update(node, item);
	});
}

function element(name, properties, ...children) {
	const node = Object.assign(document.createElement(name), properties);
	node.append(...children);
	return node;
}

// a column is the class of its cells, and what an item shows there; the first one is the header of the row
function row(columns) {
	return element('tr', {}, ...columns.map(([className], index) => {
		const cell = index === 0 ? element('th', { scope: 'row', className }) : element('td', { className });
		if (className.includes('button')) {
			cell.append(element('button', { type: 'button' }));
		}
		return cell;
	}));
}

function showRows(parent, items, keyOf, columns) {
	sync(find('tbody', parent), items, keyOf, () => row(columns), (tr, item) => columns.forEach(([, content], index) =>
		show(tr.cells[index].firstElementChild ?? tr.cells[index], content(item))));
	showEmpty(parent, items);
}

function showEmpty(parent, items) {
	for (const empty of parent.querySelectorAll(':scope > .empty')) {
		empty.hidden = items.length > 0;
		empty.previousElementSibling.hidden = items.length === 0;
	}
}

function announce(text) {
	find('#announcement').textContent = text;
}

function notice(text) {
	find('#notice').hidden = !text;
	find('#outcome').textContent = text;
	announce(text);
}

/* what has changed from one answer to the next */

const COUNTERS = new Set(['passes', 'accepted', 'opened', 'count']);

let previous;
let previousTime = -Infinity;
let seconds = NaN;
let restarted = false;
let history = [];

// gives every object its 'delta': by how much each of its numbers has grown
function addDeltas(now, before) {
	const delta = {};
	for (const [name, value] of Object.entries(now)) {
		if (typeof value === 'number') {
			delta[name] = value - (before?.[name] ?? 0);
			restarted ||= COUNTERS.has(name) && delta[name] < 0;
		}
		else if (Array.isArray(value)) {
			value.forEach((item) => addDeltas(item, before?.[name]?.find((other) => sameName(item, other))));
		}
		else if (value instanceof Object) {
			addDeltas(value, before?.[name]);
		}
	}
	// not enumerable, so that it is no part of the answer
	Object.defineProperty(now, 'delta', { value: delta, configurable: true });
}

function sameName(item, other) {
	return ['name', 'loop', 'handler'].every((part) => item[part] === other[part]);
}

function compareWithPrevious(overview) {
	const now = performance.now();
	restarted = false;
	addDeltas(overview, previous ?? overview);
	if (restarted) {
		addDeltas(overview, overview);
		notice('Counters have begun anew: the application was restarted.');
	}
	// nothing is known to have changed per second until there are two answers of one run
	seconds = previous && !restarted ? (now - previousTime) / 1000 : NaN;
	[previous, previousTime] = [overview, now];
	const sum = (value) => overview.groups.reduce((total, group) => total + perSecond(value(group)), 0);
	history = history.filter((point) => now - point.time <= HISTORY);
	history.push({
		time: now,
		frames: sum((group) => frames(group).delta),
		received: sum((group) => group.delta.received),
		sent: sum((group) => group.delta.sent)
	});
}

// what has come between terminators where there are any, else calls of the read handler
function frames(group) {
	const calls = (name) => group.handlers.find((each) => each.handler === name);
	const handler = calls('terminator') ?? calls('read');
	return { total: handler?.count ?? 0, delta: handler?.delta.count ?? 0 };
}

/* the parts of the page */

const STATES = {
	running: ['Running', 'good'],
	stalled: ['Stalled', 'bad'],
	draining: ['Draining', 'warn'],
	stopped: ['Stopped', 'bad'],
	dead: ['Dead', 'bad']
};

const PREDICATE = [
	['', ({ name }) => [`wants to ${name === 'readable' ? 'read' : 'write'}`, '', `${name}()`]],
	['number', (answers) => rate(answers.delta?.true)],
	['number', (answers) => rate(answers.delta?.false)],
	['number', ({ delta }) => share(delta?.true / (delta?.true + delta?.false))]
];

const READINESS = [
	['', (line) => line.name],
	...['read', 'write', 'connect', 'accept', 'priority'].map((event) => ['number', (line) => line.of(event)])
];

/* there are no connections of a server for datagrams */
const ofConnections = (show) => (server) => (server.protocol === 'udp' ? UNKNOWN : show(server));

const SERVER = [
	['name', (server) => server.name],
	['', (server) => socketAddress(server) + (server.protocol === 'udp' ? ' (udp)' : '')],
	['', acceptance],
	['number', ofConnections(({ connections, maxConnections: limit }) => [count(connections), connections >= limit ? 'warn' : ''])],
	['number', ofConnections((server) => (server.maxConnections === undefined ? 'none' : count(server.maxConnections)))],
	['number', ofConnections((server) => count(server.accepted))],
	['number', ofConnections((server) => unlessZero(server.rejected, 'bad'))],
	['', (server) => server.loop]
];

const HANDLER = [
	['name', (call) => call.name],
	['', (call) => call.handler],
	['number', (call) => callRate(call.rate)],
	['number', (call) => held(call.mean)],
	['number', (call) => held(call.meanEver)],
	['number', (call) => held(call.max)],
	['number', (call) => unlessZero(call.errors, 'bad')],
	['', (call) => call.loop]
];

/* why, in words and with what colour */
const CLOSED = {
	peer: ['the other side ended the connection', ''],
	local: ['this application closed it', ''],
	error: ['a handler or the socket failed', 'bad'],
	timeout: ['it was idle for too long', 'warn'],
	limit: ['it went beyond a limit', 'warn'],
	shutdown: ['the application or its loop stopped', '']
};

const REJECTED = {
	error: ['making its channel failed', 'bad'],
	refused: ['its channel was closed when it was made', 'bad'],
	unhandled: ['no handler took it', 'bad']
};

const FAILED_CONNECTS = ['refused', 'timeout', 'unreachable', 'unresolved', 'error'];

const GROUP = [
	['name', (group) => group.name],
	['number', (group) => count(group.connected)],
	['number', (group) => count(group.opened)],
	['reasons', (group) => reasons(group.closed, CLOSED)],
	['reasons', (group) => reasons(group.rejected, REJECTED)],
	['number', (group) => count(frames(group).total)],
	['number', (group) => bytes(group.received)],
	['number', (group) => bytes(group.sent)],
	['number', (group) => bytes(group.queued)],
	['failure', (group) => failed(group.lastFailure)],
	['', (group) => group.loop]
];

const CONNECTS = [
	['name', (group) => group.name],
	['number', (group) => count(group.connecting)],
	['number', (group) => count(group.connects.connected ?? 0)],
	...['refused', 'timeout', 'unreachable', 'unresolved', 'closed', 'error']
		.map((outcome) => ['number', (group) => unlessZero(group.connects[outcome] ?? 0, FAILED_CONNECTS.includes(outcome) ? 'bad' : '')]),
	['', (group) => group.loop]
];

const OFFLOAD = [
	['name', (group) => group.name],
	['number', ({ offload }) => unlessZero(offload.queued, 'warn')],
	['number', ({ offload }) => count(offload.active)],
	['number', ({ offload }) => count(offload.succeeded)],
	['number', ({ offload }) => unlessZero(offload.failed, 'bad')],
	['number', ({ offload }) => unlessZero(offload.rejected, 'bad')],
	['', (group) => group.loop]
];

const CHANNEL = [
	['number button', (channel) => channel.id],
	['name', (channel) => called(channel)],
	['', (channel) => [channel.type.replace(/^.*\./, ''), '', channel.type]],
	['name peer', (channel) => channel.peer],
	['', (channel) => (isStuck(channel) ? [`${channel.state}, stuck`, 'warn', STUCK] : channel.state)],
	['number', (channel) => duration(channel.ageMillis)],
	['number', (channel) => duration(channel.idleMillis)],
	['number', (channel) => bytes(channel.received)],
	['number', (channel) => bytes(channel.sent)],
	['number', (channel) => [bytes(channel.queued), isStuck(channel) ? 'warn' : '']],
	['', (channel) => (channel.interest ?? []).join(', ') || 'nothing'],
	['', (channel) => channel.loop],
	['button', (channel) => ['Close', '', `Close channel ${channel.id}`]]
];

function failed(failure) {
	if (!failure) {
		return 'none';
	}
	const { type, message, time, count: number } = failure;
	const kind = type.replace(/^.*\./, '');
	const what = message === undefined ? '' : `: ${message}`;
	return [`${kind}${what}`, 'bad', `${type}${what} (${new Date(time).toLocaleString()}, ${plural(number, 'failure')} so far)`];
}

// those that there are, as '12 peer, 1 error'
function reasons(counts, known) {
	const present = Object.entries(counts).filter(([, value]) => value > 0);
	const tones = present.map(([reason]) => known[reason]?.[1]);
	const words = present.map(([reason]) => `${reason}: ${known[reason]?.[0] ?? reason}`);
	return [present.map(([reason, value]) => `${count(value)}\u00a0${reason}`).join(', ') || 'none',
		['bad', 'warn'].find((tone) => tones.includes(tone)), words.join('\n')];
}

function called({ name, label }) {
	return label === undefined ? name : `${name} \u2018${label}\u2019`;
}

const STUCK = 'It has data to send, and the peer takes none';

function isStuck(channel) {
	return channel.queued > 0 && channel.idleMillis >= 10_000;
}

function socketAddress({ address = UNKNOWN, port }) {
	if (port === undefined) {
		return address;
	}
	return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function acceptance({ listening, paused, maxConnections, protocol }) {
	if (!listening) {
		return ['Not listening', 'bad'];
	}
	const reasons = {
		limit: [`Paused: its limit of ${plural(maxConnections, 'connection')} is reached`, 'warn'],
		descriptors: ['Paused: the process has no file descriptor left', 'bad']
	};
	return paused ? reasons[paused] ?? [`Paused: ${paused}`, 'warn'] : [protocol === 'udp' ? 'Receiving' : 'Accepting', 'good'];
}

function activity(loop) {
	if (loop.running) {
		const { channel, handler } = loop.running;
		const who = channel ? `Handler ${handler} of ${channel}` : 'A task of the loop';
		return [`${who} has held it for ${duration(loop.busyMillis)}`, held(loop.busyMillis)[1]];
	}
	const others = { stopped: ['No channel is served', 'bad'], dead: ['Its thread has ended', 'bad'], draining: 'Stops when its connections have ended' };
	return others[loop.state] ?? (loop.busyMillis > 0 ? `At work for ${duration(loop.busyMillis)}` : 'Waits for events');
}

function utilisation(loop) {
	const { workedMillis: worked, waitedMillis: waited } = loop.delta;
	if (worked + waited > 0) {
		return worked / (worked + waited);
	}
	// one wait, or one handler, lasts since before the previous answer
	return Number.isFinite(seconds) ? Number(loop.busyMillis > 0) : NaN;
}

function showLoop(card, loop) {
	const used = utilisation(loop);
	showFields(card, {
		name: loop.name,
		state: STATES[loop.state] ?? loop.state,
		thread: loop.thread ? `Thread ${loop.thread}` : 'No thread',
		activity: activity(loop),
		utilisation: [share(used), used >= 0.9 ? 'warn' : ''],
		lag: held(loop.lagMillis),
		maxLag: held(loop.maxLagMillis),
		busy: held(loop.busyMillis),
		passes: rate(loop.delta.passes),
		tasks: count(loop.tasks),
		timers: count(loop.timers),
		channels: count(loop.channels),
		stalls: unlessZero(loop.stalls, 'bad')
	});
	find('.bar span', card).style.width = `${100 * Math.min(used || 0, 1)}%`;
	const [predicates, readiness] = card.querySelectorAll('table');
	const answers = ['readable', 'writable'].map((name) => ({ name, delta: loop.polls?.[name]?.delta }));
	showRows(predicates, answers, (each) => each.name, PREDICATE);
	showRows(readiness, [
		{ name: 'Now', of: (event) => rate(loop.readiness?.delta[event]) },
		{ name: 'Total', of: (event) => count(loop.readiness?.[event] ?? 0) }
	], (line) => line.name, READINESS);
}

function showSparkline(name, format) {
	const figure = find(`#${name}`).closest('figure');
	const known = history.filter((point) => Number.isFinite(point[name]));
	const most = Math.max(...known.map((point) => point[name]), 0);
	const lines = [];
	known.forEach((point, index) => {
		// a line does not cross a time without answers
		if (index === 0 || point.time - known[index - 1].time > 15_000) {
			lines.push([]);
		}
		const x = 120 - (previousTime - point.time) / 1000;
		lines.at(-1).push([x.toFixed(1), (31 - 29 * (point[name] / (most || 1))).toFixed(1)]);
	});
	const [area, line] = figure.querySelectorAll('path');
	area.setAttribute('d', lines.map((part) => `M${part[0][0]} 32L${part.join('L')}L${part.at(-1)[0]} 32Z`).join(''));
	line.setAttribute('d', lines.map((part) => `M${part.join('L')}`).join(''));
	const now = format(history.at(-1)[name]);
	showFields(figure, { now, most: `Peak ${format(most)} in two minutes` });
	attribute(find('svg', figure), 'aria-label', `Last two minutes: now ${now}, peak ${format(most)}`);
}

function showHandlers() {
	const calls = previous.groups.flatMap((group) => group.handlers.map((handler) => ({
		...handler,
		name: group.name,
		loop: group.loop,
		rate: perSecond(handler.delta.count),
		mean: handler.delta.totalMillis / handler.delta.count,
		meanEver: handler.totalMillis / handler.count,
		max: handler.maxMillis
	})));
	const id = (call) => [call.loop, call.name, call.handler].join();
	showRows(find('#handlers'), calls.sort(compareCalls), id, HANDLER);
}

function compareCalls(one, other) {
	const { by, order } = sorts.handlers;
	const direction = order === 'asc' ? 1 : -1;
	if (typeof one[by] === 'string') {
		return direction * one[by].localeCompare(other[by]) || other.meanEver - one.meanEver;
	}
	// what is not known comes last in either order
	return Number.isFinite(other[by]) - Number.isFinite(one[by]) || direction * (one[by] - other[by])
		|| other.meanEver - one.meanEver;
}
