(() => {
const $ = id => document.getElementById(id);
const make = (tag, text, attrs) => {
	const el = document.createElement(tag);
	if (text) el.textContent = text;
	for (const k in attrs || {}) el.setAttribute(k, attrs[k]);
	return el;
};
const count = (n, one, many) => n.toLocaleString('en') + ' ' + (n === 1 ? one : many);
const plain = s => s.toLowerCase().normalize('NFC');
const tools = $('tools');
if (!tools) return;
const labels = Object.fromEntries(WORDS.actions.map(a => [a.action, a.label]));
const reasons = Object.fromEntries(WORDS.reasons.map(r => [r.code, r]));
const fits = (action, code) => !code || code in reasons && reasons[code].actions.includes(action);

// What the page shows. An object without a target has a name that JSON can't
// hold, and is decided with the program.
const objects = [...document.querySelectorAll('article.o')].map(el => {
	const o = { el, target: null, said: null, findings: new Map(), items: [], own: null };
	if (el.dataset.o) {
		const [source, key, version, etag] = JSON.parse(el.dataset.o);
		o.target = { source, key, version, etag };
	}
	for (const li of el.querySelectorAll('.fs>li')) o.items.push({ el: li, id: li.dataset.f, counts: !li.classList.contains('out'), text: null });
	o.counted = o.items.filter(i => i.counts);
	return o;
});
const name = t => t.source + '\n' + t.key + '\n' + (t.version || '');
const byName = new Map(objects.filter(o => o.target).map(o => [name(o.target), o]));
const blocks = [...document.querySelectorAll('section.block')].map(el => ({ el, objects: objects.filter(o => el.contains(o.el)) }));
// How high a block will be, before the browser has laid it out.
for (const b of blocks) b.el.style.containIntrinsicBlockSize = 'auto ' + b.objects.reduce((h, o) => h + 190 + 48 * o.items.length, 40) + 'px';
let others = new Map(); // decisions of a file that are about other pages
let dirty = false;

const decided = o => o.said !== null || o.counted.length > 0 && o.counted.every(i => o.findings.has(i.id));

// Choices of a reason that fit an action.
const fill = (select, action, chosen, short) => {
	select.replaceChildren(make('option', 'no reason given', { value: '' }));
	for (const r of WORDS.reasons)
		if (r.actions.includes(action) && !(short && r.code === 'other')) select.append(make('option', r.text, { value: r.code }));
	select.value = chosen || '';
};

// The controls of one object, cloned for each.
const pattern = (() => {
	const f = make('fieldset', '', { class: 'd' });
	const legend = make('legend', 'Decision');
	legend.append(make('span', '', { class: 'vh' }));
	const radios = make('span', '', { class: 'radios' });
	for (const a of WORDS.actions) {
		const label = make('label', '', { title: a.text });
		label.append(make('input', '', { type: 'radio', value: a.action }), ' ' + a.label);
		radios.append(label);
	}
	const why = make('span', '', { class: 'why' });
	why.hidden = true;
	const reason = make('label', 'Reason ');
	reason.append(make('select'));
	const note = make('label', 'Note ');
	note.append(make('input', '', { type: 'text', maxlength: '1000', autocomplete: 'off' }));
	why.append(reason, ' ', note, ' ', make('button', 'Take back', { type: 'button', class: 'undo' }));
	f.append(legend, radios, ' ', make('button', 'One by one', { type: 'button', class: 'each', 'aria-expanded': 'false' }), why, make('p', '', { class: 'said' }));
	return f;
})();

const controls = (o, n) => {
	if (!o.target) {
		o.el.append(make('p', 'The name of its source or version is no valid text: it can be decided on with the program only.', { class: 'meta bad' }));
		return;
	}
	const f = pattern.cloneNode(true);
	f.querySelector('legend span').textContent = ' for ' + o.el.querySelector('h4 bdi').textContent.slice(0, 200);
	for (const r of f.querySelectorAll('input[type=radio]')) r.name = 'd' + n;
	if (!o.items.length) f.querySelector('.each').remove();
	o.own = f;
	f.owner = o;
	o.el.append(f);
};

const words = d => labels[d.action] + (d.reason ? ' – ' + reasons[d.reason].text : '') + (d.note ? ' (' + d.note + ')' : '');

const paint = o => {
	const d = o.said, f = o.own;
	for (const r of f.querySelectorAll('input[type=radio]')) r.checked = d !== null && r.value === d.action;
	f.querySelector('.why').hidden = d === null;
	f.querySelector('.said').textContent = d ? 'Decided: ' + words(d) : decided(o) ? 'Decided one by one' : 'Undecided';
	if (d) {
		fill(f.querySelector('select'), d.action, d.reason);
		const note = f.querySelector('input[type=text]');
		if (note.value !== d.note) note.value = d.note;
	}
	o.el.classList.toggle('done', decided(o));
};

const paintItem = (o, i) => {
	const d = o.findings.get(i.id);
	let tag = i.el.querySelector('.fsaid');
	if (d && !tag) { tag = make('b', '', { class: 'fsaid' }); i.el.append(' ', tag); }
	if (tag) tag.textContent = d ? 'Decided: ' + words(d) : '';
	const select = i.el.querySelector('.f-do');
	if (!select) return;
	select.value = d ? d.action : '';
	const why = i.el.querySelector('.f-why');
	why.parentElement.hidden = !d;
	if (d) fill(why, d.action, d.reason, true);
};

const say = (o, d) => { o.said = d; dirty = true; paint(o); };
const sayItem = (o, i, d) => {
	if (d) o.findings.set(i.id, d); else o.findings.delete(i.id);
	dirty = true;
	paintItem(o, i);
	paint(o);
};

// Findings one by one, and the command that shows a value.
const each = (o, open) => {
	const button = o.own.querySelector('.each');
	button.setAttribute('aria-expanded', String(open));
	for (const i of o.items) {
		let box = i.el.querySelector('.fd');
		if (!open) { if (box) box.remove(); continue; }
		if (box) continue;
		box = make('span', '', { class: 'fd' });
		const what = i.el.querySelector('b').textContent;
		const label = make('label', 'Decision ');
		label.append(make('span', 'for this ' + what + ' ', { class: 'vh' }));
		const select = make('select', '', { class: 'f-do' });
		select.append(make('option', 'as the object', { value: '' }));
		for (const a of WORDS.actions) select.append(make('option', a.label, { value: a.action }));
		label.append(select);
		const why = make('label', 'Reason ');
		why.append(make('select', '', { class: 'f-why' }));
		why.hidden = true;
		box.append(label, ' ', why, ' ');
		if (WORDS.never.includes(i.el.dataset.k)) box.append(make('small', 'is never shown in full'));
		else box.append(make('button', 'Copy the command that shows it', { type: 'button', class: 'reveal' }));
		i.el.append(box);
		paintItem(o, i);
	}
};

const progress = text => {
	const all = objects.filter(o => o.target && o.counted.length);
	const n = all.filter(decided).length;
	$('done').textContent = (text ? text + ' ' : '') + n.toLocaleString('en') + ' of ' + count(all.length, 'object', 'objects') + ' with findings on this page decided' +
		(others.size ? '; ' + count(others.size, 'decision', 'decisions') + ' of other pages loaded' : '') + (dirty ? '; not exported yet' : '') + '.';
	$('meter').setAttribute('width', all.length ? String(100 * n / all.length) : '0');
};

// Filters.
const field = id => $(id) || { value: '' };
const text = i => i.text === null ? i.text = plain(i.el.textContent) : i.text;
const head = o => o.head === undefined ? o.head = plain([...o.el.querySelectorAll('h4,p.meta')].map(e => e.textContent).join(' ')) : o.head;
const show = (el, on) => { if (el.hidden === on) el.hidden = !on; };
const narrow = () => {
	const want = plain(field('f-text').value.trim()), kind = field('f-kind').value, role = field('f-role').value, party = field('f-party').value, who = field('f-who').value, done = field('f-done').value;
	let seen = 0, seenItems = 0, allItems = 0;
	for (const o of objects) {
		const inHead = !want || head(o).includes(want);
		let n = 0;
		for (const i of o.items) {
			const d = i.el.dataset;
			i.shown = (!kind || d.k === kind) && (!role || d.r === role) && (!party || d.p === party) && (inHead || text(i).includes(want));
			if (i.shown) n++;
		}
		allItems += o.items.length;
		o.shown = (n > 0 || inHead && !kind && !role && !party) && (!who || o.el.dataset.a === who) &&
			(!done || (done === 'yes' ? decided(o) : o.target && o.counted.length > 0 && !decided(o)));
		show(o.el, o.shown);
		if (!o.shown) continue;
		seen++;
		seenItems += n;
		for (const i of o.items) show(i.el, i.shown);
	}
	for (const b of blocks) show(b.el, b.objects.some(o => o.shown));
	$('shown').textContent = 'Shown: ' + seen.toLocaleString('en') + ' of ' + count(objects.length, 'object', 'objects') + ' and ' +
		seenItems.toLocaleString('en') + ' of ' + count(allItems, 'finding', 'findings') + ' on this page.';
};

// One decision for all that is shown, after a question that says how many.
const ask = $('ask');
let answer = null;
const confirm = (question, yes) => {
	$('ask-text').textContent = question;
	answer = yes;
	ask.showModal();
};
$('ask-yes').addEventListener('click', () => { ask.close(); if (answer) answer(); answer = null; });
$('ask-no').addEventListener('click', () => { ask.close(); answer = null; });
const bulk = () => {
	const action = $('b-do').value, reason = $('b-why').value, whole = $('b-of').value === 'o';
	const on = objects.filter(o => o.shown && o.target);
	const targets = whole ? on.map(o => [o, null]) : on.flatMap(o => o.items.filter(i => i.shown && i.counts).map(i => [o, i]));
	const replaced = targets.filter(([o, i]) => i ? o.findings.has(i.id) : o.said).length;
	const what = whole ? count(targets.length, 'object', 'objects') : count(targets.length, 'finding', 'findings');
	if (!targets.length) { progress('Nothing is shown that could be decided on.'); return; }
	confirm('“' + labels[action] + '” for ' + what + (reason ? ', because: ' + reasons[reason].text : '') + '?' +
		(replaced ? ' ' + count(replaced, 'decision is', 'decisions are') + ' replaced.' : ''), () => {
		for (const [o, i] of targets) {
			const d = { action, reason, note: '' };
			if (i) o.findings.set(i.id, d); else o.said = d;
		}
		dirty = true;
		for (const o of new Set(targets.map(t => t[0]))) paint(o);
		for (const [o, i] of targets) if (i) paintItem(o, i);
		narrow();
		progress('“' + labels[action] + '” was set for ' + what + '.');
		$('b-go').focus();
	});
};

// The file. Its bytes are those that the program would write.
const order = (a, b) => {
	const x = [...a], y = [...b];
	for (let i = 0; i < x.length && i < y.length; i++) {
		const d = x[i].codePointAt(0) - y[i].codePointAt(0);
		if (d) return d;
	}
	return x.length - y.length;
};
const compare = (a, b) => order(a.source, b.source) || order(atob(a.key_base64), atob(b.key_base64)) || order(a.version || '', b.version || '') || order(a.finding || '', b.finding || '');
const line = (t, finding, d) => {
	const r = { source: t.source, key_base64: t.key };
	if (t.version) r.version = t.version;
	if (t.etag) r.etag = t.etag;
	if (finding) r.finding = finding;
	r.decision = d.action;
	if (d.reason) r.reason = d.reason;
	if (d.note) r.note = d.note;
	return r;
};
const lines = () => {
	const all = [...others.values()];
	for (const o of objects) {
		if (o.said) all.push(line(o.target, '', o.said));
		for (const [id, d] of o.findings) all.push(line(o.target, id, d));
	}
	return all.sort(compare);
};
const json = v => JSON.stringify(v).replace(/\u2028/g, '\\u2028').replace(/\u2029/g, '\\u2029');
const file = () => json({ schema: 1, habeas: 'decisions', as_of: tools.dataset.asof, key_id: tools.dataset.keyid }).slice(0, -1) +
	',"decisions":[' + lines().map(l => '\n' + json(l)).join(',') + '\n]}\n';
const save = () => {
	const bad = objects.find(o => o.said && o.said.reason === 'other' && !o.said.note.trim());
	if (bad) {
		progress('“Another reason” needs a note.');
		bad.el.hidden = false;
		bad.own.querySelector('input[type=text]').focus();
		return;
	}
	const a = make('a', '', { download: 'decisions.json' });
	a.href = URL.createObjectURL(new Blob([file()], { type: 'application/json' }));
	a.click();
	setTimeout(() => URL.revokeObjectURL(a.href), 60000);
	dirty = false;
	progress('Exported.');
};

const MOST = 64 << 20;
const check = text => {
	const f = JSON.parse(text);
	if (!f || f.habeas !== 'decisions' || f.schema !== 1 || !Array.isArray(f.decisions)) throw new Error('it holds no decisions of this program');
	const seen = new Set();
	f.decisions.forEach((d, n) => {
		const wrong = why => { throw new Error('decision ' + (n + 1) + ' ' + why); };
		const known = ['source', 'key_base64', 'version', 'etag', 'finding', 'decision', 'reason', 'note'];
		if (!d || typeof d !== 'object') wrong('is none');
		for (const k in d) if (!known.includes(k) || typeof d[k] !== 'string') wrong('has a field that is not known');
		if (!d.source || !d.key_base64) wrong('names no object');
		try { atob(d.key_base64); } catch { wrong('has a key that is not base64'); }
		if (!Object.hasOwn(labels, d.decision || '')) wrong('is none of this program');
		if (d.reason && !(Object.hasOwn(reasons, d.reason) && fits(d.decision, d.reason))) wrong('has a reason that does not fit');
		const id = name({ source: d.source, key: d.key_base64, version: d.version }) + '\n' + (d.finding || '');
		if (seen.has(id)) wrong('is about what was decided before it');
		seen.add(id);
	});
	return f;
};
const load = async f => {
	let got;
	try {
		if (f.size > MOST) throw new Error('it is larger than 64 MiB');
		got = check(await f.text());
	} catch (e) {
		progress('The file was not taken over: ' + (e instanceof SyntaxError ? 'it is not valid JSON' : e.message) + '.');
		return;
	}
	let here = 0, stale = 0;
	for (const r of got.decisions) {
		const o = byName.get(name({ source: r.source, key: r.key_base64, version: r.version }));
		const d = { action: r.decision, reason: r.reason || '', note: r.note || '' };
		if (o && o.target.etag !== (r.etag || '')) { stale++; continue; }
		const i = o && r.finding ? o.items.find(i => i.id === r.finding) : null;
		if (!o || r.finding && !i) { others.set(name({ source: r.source, key: r.key_base64, version: r.version }) + '\n' + (r.finding || ''), r); continue; }
		here++;
		if (i) { o.findings.set(i.id, d); paintItem(o, i); } else o.said = d;
	}
	for (const o of objects) if (o.own) paint(o);
	dirty = dirty || here > 0;
	narrow();
	progress('Took over ' + count(here, 'decision', 'decisions') + ' for this page.' +
		(stale ? ' ' + count(stale, 'decision is', 'decisions are') + ' about bytes that have changed since, and left out.' : '') +
		(got.as_of !== tools.dataset.asof ? ' The file was made on another scan.' : ''));
};

// Start.
objects.forEach(controls);
for (const o of objects) if (o.own) paint(o);
for (const a of WORDS.actions) $('b-do').append(make('option', a.label, { value: a.action }));
const bulkReasons = () => fill($('b-why'), $('b-do').value, '', true);
$('b-do').addEventListener('change', bulkReasons);
bulkReasons();
$('b-go').addEventListener('click', bulk);
tools.hidden = false;
$('progress').hidden = false;
for (const el of tools.querySelectorAll('[id^=f-]')) el.addEventListener('input', narrow);
tools.addEventListener('submit', e => e.preventDefault());
tools.addEventListener('reset', () => setTimeout(() => { bulkReasons(); narrow(); }));
$('export').addEventListener('click', save);
$('import').addEventListener('click', () => $('file').click());
$('file').addEventListener('change', () => { if ($('file').files.length) load($('file').files[0]); $('file').value = ''; });
$('next').addEventListener('click', () => {
	const todo = objects.filter(o => o.shown && o.own && o.counted.length && !decided(o));
	const here = objects.findIndex(o => o.el.contains(last));
	const o = todo.find(o => objects.indexOf(o) > here) || todo[0];
	if (!o) { progress('Nothing that is shown is undecided.'); return; }
	o.own.querySelector('input').focus();
	o.el.scrollIntoView({ block: 'center' });
});
let last = null; // where the officer was
const list = document.querySelector('section.list');
list.addEventListener('focusin', e => {
	if (!e.target.closest('article')) return;
	last = e.target;
	// A block is laid out when the focus comes to it, and may push it out of sight.
	requestAnimationFrame(() => {
		const r = e.target.getBoundingClientRect(), bar = $('progress').getBoundingClientRect();
		const floor = bar.height && bar.bottom <= innerHeight ? bar.top : innerHeight;
		if (r.top < 0 || r.bottom > floor) e.target.scrollIntoView({ block: 'center' });
	});
});
const at = el => {
	const f = el.closest('fieldset.d'), li = el.closest('.fs>li');
	const o = f ? f.owner : li ? objects.find(o => o.el.contains(li)) : null;
	return { o, i: o && li ? o.items.find(i => i.el === li) : null };
};
list.addEventListener('change', e => {
	const { o, i } = at(e.target);
	if (!o) return;
	const old = i ? o.findings.get(i.id) : o.said, v = e.target.value;
	if (e.target.type === 'radio') say(o, { action: v, reason: old && fits(v, old.reason) ? old.reason : '', note: old ? old.note : '' });
	else if (e.target.matches('.f-do')) sayItem(o, i, v ? { action: v, reason: '', note: '' } : null);
	else if (e.target.matches('.f-why')) sayItem(o, i, { ...old, reason: v });
	else if (e.target.matches('fieldset.d select')) say(o, { ...old, reason: v });
	else return;
	progress();
});
list.addEventListener('input', e => {
	const { o } = at(e.target);
	if (o && e.target.matches('fieldset.d input[type=text]') && o.said) {
		o.said.note = e.target.value;
		dirty = true;
		o.own.querySelector('.said').textContent = 'Decided: ' + words(o.said);
	}
});
list.addEventListener('click', e => {
	const { o, i } = at(e.target);
	if (!o) return;
	if (e.target.matches('.undo')) { say(o, null); progress('Taken back.'); o.own.querySelector('input').focus(); }
	else if (e.target.matches('.each')) each(o, e.target.getAttribute('aria-expanded') !== 'true');
	else if (e.target.matches('.reveal')) {
		const command = 'habeas reveal ' + i.id + ' --record ' + tools.dataset.record + " --reason 'WHY'";
		let code = i.el.querySelector('.fd code');
		if (!code) { code = make('code', command); i.el.querySelector('.fd').append(' ', code); }
		const tell = ok => progress(ok ? 'The command is copied: it reads the object again, and is logged.' : 'Copy the command beside the button.');
		if (navigator.clipboard) navigator.clipboard.writeText(command).then(() => tell(true), () => tell(false)); else tell(false);
	}
});
addEventListener('beforeunload', e => { if (dirty) e.preventDefault(); });
narrow();
progress();
})();
