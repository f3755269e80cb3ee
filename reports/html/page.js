'use strict';
(() => {
// The look travels from page to page in the address, so that nothing is kept in
// the browser.
const root = document.documentElement;
const looks = ['', 'light', 'dark'], words = ['as the system', 'light', 'dark'];
let look = Math.max(0, looks.indexOf(new URLSearchParams(location.search).get('look') || ''));
const dress = () => { if (looks[look]) root.dataset.theme = looks[look]; else delete root.dataset.theme; };
dress();
root.classList.add('js');
const carry = e => {
	const a = e.target.closest && e.target.closest('a[href]');
	if (a && !a.getAttribute('href').startsWith('#')) a.search = looks[look] ? '?look=' + looks[look] : '';
};
addEventListener('click', carry, true);
addEventListener('auxclick', carry, true);

const plain = s => s.toLowerCase().normalize('NFC');
const ready = () => {
	const button = document.getElementById('theme');
	const name = () => { button.textContent = 'Look: ' + words[look]; };
	button.hidden = false;
	button.addEventListener('click', () => { look = (look + 1) % looks.length; dress(); name(); });
	name();

	// Values in the clear: only while the page is looked at, and never in print.
	const values = document.getElementById('values');
	if (values) {
		const reveal = on => { root.classList.toggle('reveal', on); values.setAttribute('aria-pressed', String(on)); };
		values.hidden = false;
		values.addEventListener('click', () => reveal(!root.classList.contains('reveal')));
		addEventListener('blur', () => reveal(false));
		document.addEventListener('visibilitychange', () => { if (document.hidden) reveal(false); });
	}

	// The rest of a very long string.
	for (const note of document.querySelectorAll('.more')) {
		const button = document.createElement('button');
		button.type = 'button';
		button.textContent = 'Show all';
		button.addEventListener('click', () => { note.previousElementSibling.querySelector('.rest').hidden = false; note.remove(); });
		note.append(' ', button);
	}

	// Owners on this page whose row holds the words.
	const find = document.getElementById('find');
	if (find) {
		const rows = [...document.querySelectorAll('#rows tbody tr')].map(el => ({ el, text: plain(el.textContent) }));
		const found = document.getElementById('found');
		find.closest('.find').hidden = false;
		const narrow = () => {
			const want = plain(find.value.trim());
			let n = 0;
			for (const r of rows) {
				const on = r.text.includes(want);
				if (r.el.hidden === on) r.el.hidden = !on;
				if (on) n++;
			}
			found.textContent = want ? n + ' of ' + rows.length + ' on this page' : '';
		};
		find.addEventListener('input', narrow);
		narrow();
	}

	// The page of names on which a name would stand. Strings are compared by code
	// point, as the pages are sorted.
	const form = document.getElementById('goto');
	if (form) {
		const before = (a, b) => {
			const x = [...a], y = [...b];
			for (let i = 0; i < x.length && i < y.length; i++)
				if (x[i] !== y[i]) return x[i].codePointAt(0) < y[i].codePointAt(0);
			return x.length < y.length;
		};
		const ranges = [...document.querySelectorAll('#ranges a')];
		form.hidden = false;
		form.addEventListener('submit', e => {
			e.preventDefault();
			const want = document.getElementById('begin').value.trim().toLowerCase();
			const at = ranges.find(a => !before(a.lastElementChild.textContent.toLowerCase(), want)) || ranges[ranges.length - 1];
			if (!want || !at) { document.getElementById('found').textContent = 'Type how the name begins.'; return; }
			at.search = '?' + (looks[look] ? 'look=' + looks[look] + '&' : '') + 'find=' + encodeURIComponent(want);
			location.href = at.href;
		});
	}
	const asked = new URLSearchParams(location.search).get('find');
	if (find && asked) { find.value = asked; find.dispatchEvent(new Event('input')); find.focus(); }
};
if (document.readyState === 'loading') addEventListener('DOMContentLoaded', ready); else ready();
})();
