// When the endpoint is asked, and what the operator can do.

const REQUEST_TIMEOUT = 5_000;
const SHORTEST_INTERVAL = 500;
const LONGEST_DELAY = 30_000;

const root = document.documentElement;

// the page is one below the endpoint, behind whatever path, mapping or proxy that is
const endpoint = new URL('.', location.href).href.slice(0, -1);

/* requests */

// an answer that is no success, or no answer: then without a status
class Failure extends Error {
	constructor(message, status) {
		super(message);
		this.status = status;
	}
}

const EXPLANATIONS = {
	401: 'Not signed in (401). Sign in to the application, then try again.',
	403: 'Not allowed (403). This account may not read the endpoint: see the security rules of the application.',
	404: 'There is no such endpoint (404). Is "asyncore" in management.endpoints.web.exposure.include, '
		+ 'and management.endpoint.asyncore.access not "none"?',
	500: 'The application failed to answer (500). Its log says why.'
};

async function request(method, path) {
	// a form of login answers this header with 401, and not with its page or with the browser's own question
	const headers = { 'Accept': 'application/json', 'X-Requested-With': 'XMLHttpRequest' };
	const token = document.cookie.match(/(?:^|; )XSRF-TOKEN=([^;]*)/);
	if (token && method !== 'GET') {
		headers['X-XSRF-TOKEN'] = decodeURIComponent(token[1]);
	}
	try {
		const response = await fetch(endpoint + path, {
			method,
			headers,
			credentials: 'same-origin',
			cache: 'no-store',
			redirect: 'manual',
			signal: AbortSignal.timeout(REQUEST_TIMEOUT)
		});
		const status = response.type === 'opaqueredirect' ? 401 : response.status;
		return { status, text: await response.text() };
	}
	catch (failure) {
		const late = `No answer within ${REQUEST_TIMEOUT / 1000} seconds.`;
		throw new Failure(failure.name === 'TimeoutError' ? late : 'The application cannot be reached.');
	}
}

async function get(path) {
	const { status, text } = await request('GET', path);
	if (status !== 200) {
		throw new Failure(EXPLANATIONS[status] ?? `The application answered with status ${status}.`, status);
	}
	try {
		return JSON.parse(text);
	}
	catch {
		throw new Failure('The answer is not the one of the endpoint. A login page, perhaps: reload this page.', status);
	}
}

/* polls: one at a time, none while the page is hidden, fewer while they fail */

let timer;
let polling = false;
let again = false;
let paused = false;
let failures = 0;
let problem = '';
let lastGood;

async function poll() {
	clearTimeout(timer);
	again = polling;
	if (polling) {
		return;
	}
	polling = true;
	// rates over a moment would say little: what the operator does between two polls does not repeat the overview
	const due = performance.now() - previousTime >= SHORTEST_INTERVAL;
	await Promise.all([due && pollOverview(), pollChannels(), find('#details').open && pollDetails(detailed.id)]);
	polling = false;
	if (again) {
		poll();
	}
	else {
		schedule();
	}
}

function schedule() {
	clearTimeout(timer);
	if (!paused && !document.hidden) {
		timer = setTimeout(poll, delay());
	}
}

function delay() {
	return Math.max(Number(find('#interval').value), failures && Math.min(1000 * 2 ** failures, LONGEST_DELAY));
}

async function pollOverview() {
	try {
		showOverview(await get(''));
		[failures, problem, lastGood] = [0, '', new Date()];
		root.dataset.shown = '';
		setState('live');
	}
	catch (failure) {
		failures++;
		problem = failure instanceof Failure ? failure.message : `The answer cannot be shown: ${failure.message}.`;
		setState(failure instanceof Failure && failure.status === undefined ? 'disconnected' : 'error');
	}
}

const PAGE_STATES = {
	loading: ['Loading', ''],
	live: ['Live', 'good'],
	paused: ['Paused', 'warn'],
	error: ['Error', 'bad'],
	disconnected: ['Disconnected', 'bad']
};

function setState(answered) {
	const state = answered === 'live' && paused ? 'paused' : answered;
	const old = lastGood ? ` The data below is from ${lastGood.toLocaleTimeString()}.` : '';
	find('#problem').textContent = `${problem}${old}${paused ? '' : ` Next attempt in ${duration(delay())}.`}`;
	find('#banner').hidden = !problem;
	find('#updated').textContent = lastGood ? `Updated ${lastGood.toLocaleTimeString()}` : '';
	show(find('#state'), PAGE_STATES[state]);
	if (root.dataset.state !== state) {
		root.dataset.state = state;
		announce(problem || PAGE_STATES[state][0]);
	}
}

function showOverview({ loops = [], servers = [], groups = [] }) {
	const overview = { loops, servers, groups };
	// members without a value are left out
	groups.forEach((group) => Object.assign(group, {
		closed: {},
		rejected: {},
		connects: {},
		offload: { queued: 0, active: 0, succeeded: 0, failed: 0, rejected: 0 },
		handlers: [],
		...group
	}));
	compareWithPrevious(overview);
	const id = (item) => [item.loop, item.name].join();
	const total = (member) => groups.reduce((sum, group) => sum + (group[member] ?? 0), 0);
	const sum = (values) => values.reduce((most, value) => most + value, 0);
	const notConnected = groups.flatMap(({ connects }) => FAILED_CONNECTS.map((outcome) => connects[outcome] ?? 0));
	const offloaded = groups.map(({ offload }) => offload.queued + offload.active);
	showFields(find('#totals'), {
		connected: count(total('connected')),
		connecting: count(total('connecting')),
		queued: bytes(total('queued')),
		rejected: unlessZero(sum(groups.flatMap((group) => Object.values(group.rejected))), 'bad'),
		notConnected: unlessZero(sum(notConnected), 'bad'),
		offloaded: count(sum(offloaded))
	});
	showSparkline('frames', callRate);
	showSparkline('received', byteRate);
	showSparkline('sent', byteRate);
	const card = find('#loop').content.firstElementChild;
	sync(find('#loop-cards'), loops, (loop) => loop.name, () => card.cloneNode(true), showLoop);
	showEmpty(find('#loops'), loops);
	root.dataset.loops = loops.length;
	showRows(find('#servers'), servers, id, SERVER);
	showHandlers();
	showRows(find('#groups'), groups, id, GROUP);
	showRows(find('#connects'), groups.filter(({ connecting, connects }) => connecting + sum(Object.values(connects)) > 0), id, CONNECTS);
	showRows(find('#offloads'), groups.filter(({ offload }) => sum(Object.values(offload)) > 0), id, OFFLOAD);
	const options = ['', ...new Set(servers.filter(({ protocol }) => protocol !== 'udp').map(({ name }) => name))];
	sync(find('#filter').elements.server, options, String, () => element('option'), (option, name) => {
		option.value = name;
		show(option, name || 'all');
	});
	const bad = loops.find((loop) => ['stalled', 'dead'].includes(loop.state));
	document.title = `${bad ? `${STATES[bad.state][0]}: ` : ''}asyncore ${location.host}`;
}

/* channels */

let page = 0;

function channelQuery() {
	const given = [...new FormData(find('#filter'))].filter(([, value]) => value.trim());
	const { by, order } = sorts.channels;
	return `/channels?${new URLSearchParams([...given, ['sort', by], ['order', order], ['page', page]])}`;
}

async function pollChannels() {
	try {
		showChannels(await get(channelQuery()));
		showChannelProblem('');
	}
	catch (failure) {
		showChannelProblem(failure.message);
	}
}

function showChannelProblem(message) {
	find('#channel-problem').textContent = message;
	find('#channel-problem').hidden = !message;
}

function showChannels({ total, size, channels = [] }) {
	const last = Math.max(Math.ceil(total / size) - 1, 0);
	if (page > last) {
		page = last;
		poll();
		return;
	}
	const { server, state, name } = find('#filter').elements;
	const filtered = server.value || state.value || name.value.trim();
	find('#channels > .empty').textContent = filtered ? 'No channel matches.' : 'No channel is open.';
	showRows(find('#channels'), channels, (channel) => channel.id, CHANNEL);
	const first = page * size + 1;
	find('#total').textContent = filtered ? `${count(total)} of them match` : `${count(total)} open`;
	find('#range').textContent = `${count(first)}\u2013${count(first + channels.length - 1)} of ${count(total)}`;
	find('#previous').disabled = page === 0;
	find('#next').disabled = page === last;
	find('.pager').hidden = last === 0;
}

function filterChanged() {
	page = 0;
	poll();
}

function turnTo(next) {
	page = next;
	poll();
}

/* details of one channel */

const FORMATS = {
	ageMillis: duration,
	idleMillis: duration,
	received: bytes,
	sent: bytes,
	queued: bytes,
	interest: (events) => events.join(', ') || 'nothing',
	tls: (used) => (used ? 'yes' : 'no')
};

let detailed;

function openDetails(channel) {
	showDetails(channel);
	showDetailsProblem('');
	find('#details').showModal();
	poll();
}

async function pollDetails(id) {
	let message = '';
	let update = () => {};
	try {
		const channel = await get(`/channels/${id}`);
		update = () => showDetails(channel);
	}
	catch (failure) {
		message = failure.status === 404 ? 'This channel is closed. What is below was known last.' : failure.message;
	}
	// the operator may have gone on to another one
	if (id === detailed.id) {
		update();
		showDetailsProblem(message);
	}
}

function showDetailsProblem(message) {
	show(find('#details-problem'), message);
	find('#close-detailed').disabled = message !== '';
}

function showDetails(channel) {
	detailed = channel;
	find('#details-title').textContent = `Channel ${channel.id}`;
	const create = () => element('div', {}, element('dt'), element('dd'));
	sync(find('.details'), Object.entries(channel), ([name]) => name, create, (pair, [name, value]) => {
		const [term, text] = pair.children;
		show(term, name === 'tls' ? 'TLS' : name.replace(/Millis$/, '').replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`));
		const other = typeof value === 'object' ? JSON.stringify(value) : String(value);
		show(text, Object.hasOwn(FORMATS, name) ? FORMATS[name](value) : other);
	});
}

/* closing a channel */

let closing;

function confirmClose(channel) {
	closing = channel;
	const { id, peer, queued, state } = channel;
	find('#confirm-title').textContent = `Close channel ${id}?`;
	// names in right-to-left letters must not turn the words around them
	const isolated = (textContent) => element('bdi', { textContent });
	const output = queued > 0 ? `${bytes(queued)} that wait to be sent will be lost.` : 'Nothing waits to be sent.';
	const loss = state === 'listening' ? 'It will accept no connection before the application is restarted.' : output;
	const connection = peer ? [', connected with ', isolated(peer)] : [];
	find('#confirm-text').replaceChildren(isolated(called(channel)), ...connection, `. ${loss}`);
	// escape leaves it as it is
	find('#confirm').returnValue = '';
	find('#confirm').showModal();
}

async function close({ id }) {
	notice(`Closing channel ${id}\u2026`);
	try {
		const { status } = await request('DELETE', `/channels/${id}`);
		notice(await outcome(id, status));
	}
	catch (failure) {
		notice(`${failure.message} Whether channel ${id} is closed is not known.`);
	}
	poll();
}

async function outcome(id, status) {
	if (status === 204 || status === 200) {
		return `Channel ${id} is closed.`;
	}
	// read-only endpoints do not know the request: it was the channel that is missing only if it cannot be read either
	if (status === 404 && (await request('GET', `/channels/${id}`)).status === 404) {
		return `Channel ${id} was closed already.`;
	}
	if (status === 404 || status === 405) {
		return 'Not allowed here: management.endpoint.asyncore.access is read-only.';
	}
	const reasons = {
		401: 'Not signed in (401): sign in to the application, then try again.',
		403: 'Not allowed here (403): the security rules of the application forbid it, '
			+ 'its protection from CSRF for instance, or management.endpoint.asyncore.access does.'
	};
	return reasons[status] ?? `Channel ${id} was not closed: the application answered with status ${status}.`;
}

/* controls */

const sorts = { handlers: { by: 'mean', order: 'desc' }, channels: { by: 'queued', order: 'desc' } };

function sortable(section, changed) {
	const sort = sorts[section];
	const buttons = document.querySelectorAll(`#${section} [data-sort]`);
	const words = { asc: 'ascending', desc: 'descending' };
	const mark = () => buttons.forEach((button) =>
		attribute(button.closest('th'), 'aria-sort', button.dataset.sort === sort.by && words[sort.order]));
	buttons.forEach((button) => button.addEventListener('click', () => {
		const { sort: by } = button.dataset;
		const first = ['id', 'name', 'handler'].includes(by) ? 'asc' : 'desc';
		const other = { asc: 'desc', desc: 'asc' }[sort.order];
		Object.assign(sort, { by, order: by === sort.by ? other : first });
		mark();
		changed();
	}));
	mark();
}

function on(selector, type, listener) {
	find(selector).addEventListener(type, listener);
}

sortable('handlers', () => previous && showHandlers());
sortable('channels', filterChanged);

on('#filter', 'input', filterChanged);
on('#filter', 'submit', (event) => event.preventDefault());
// the fields are reset after this event
on('#filter', 'reset', () => setTimeout(filterChanged));
on('#previous', 'click', () => turnTo(page - 1));
on('#next', 'click', () => turnTo(page + 1));

on('#channels tbody', 'click', ({ target }) => {
	const channel = target.closest('tr').item;
	if (target.closest('td button')) {
		confirmClose(channel);
	}
	// not when it was text that was selected
	else if (target.closest('button') || getSelection().isCollapsed) {
		openDetails(channel);
	}
});

on('#close-detailed', 'click', () => {
	// what comes of it is said on the page, which the open dialog would cover
	find('#details').close();
	confirmClose(detailed);
});
on('#confirm', 'close', () => {
	if (find('#confirm').returnValue === 'close') {
		close(closing);
	}
});
for (const dialog of document.querySelectorAll('dialog')) {
	dialog.addEventListener('close', () => {
		// the row that would have the focus again may be gone; until the browser paints the closed dialog keeps it then
		if (document.activeElement === document.body || dialog.contains(document.activeElement)) {
			find('#channels .scroll').focus({ preventScroll: true });
		}
	});
}

on('#retry', 'click', poll);
on('#dismiss', 'click', () => notice(''));
on('#interval', 'change', schedule);
on('#pause', 'click', ({ target }) => {
	paused = !paused;
	target.textContent = paused ? 'Resume' : 'Pause';
	setState(root.dataset.state === 'paused' ? 'live' : root.dataset.state);
	if (paused) {
		clearTimeout(timer);
	}
	else {
		poll();
	}
});
document.addEventListener('visibilitychange', () => {
	clearTimeout(timer);
	if (!document.hidden && !paused) {
		poll();
	}
});

/* theme: the choice of the system until the operator has made one */

const systemTheme = matchMedia('(prefers-color-scheme: dark)');
const theme = () => root.dataset.theme ?? (systemTheme.matches ? 'dark' : 'light');

function nameOtherTheme() {
	find('#theme').textContent = theme() === 'dark' ? 'Light theme' : 'Dark theme';
}

on('#theme', 'click', () => {
	root.dataset.theme = theme() === 'dark' ? 'light' : 'dark';
	nameOtherTheme();
	try {
		localStorage.setItem('asyncore.theme', root.dataset.theme);
	}
	catch {
		// this page keeps it until it is left
	}
});
systemTheme.addEventListener('change', nameOtherTheme);
try {
	const chosen = localStorage.getItem('asyncore.theme');
	attribute(root, 'data-theme', ['light', 'dark'].includes(chosen) && chosen);
}
catch {
	// storage may be forbidden
}
nameOtherTheme();

find('#host').textContent = location.host;
poll();
