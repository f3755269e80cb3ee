package sqlite

import (
	"slices"
	"strings"
	"unicode"
)

// tableInfo is what the schema says of a table.
type tableInfo struct {
	name    string
	root    uint32
	columns []string // in the order in which they are stored
	rowid   int      // the column that is the number of the row, where NULL is stored; -1 if none is
}

// parseTable reads the names of the columns from CREATE TABLE. What can't be read
// has no names.
func parseTable(name, sql string, root uint32) tableInfo {
	t := tableInfo{name: name, root: root, rowid: -1}
	open := strings.IndexByte(sql, '(')
	if open < 0 || len(sql) > 1<<20 {
		return t
	}
	items, rest := splitList(sql[open+1:])
	var key []string // the primary key
	for _, item := range items {
		words := tokens(item)
		if len(words) == 0 || len(t.columns) == maxColumns {
			continue
		}
		if !words[0].quoted {
			switch strings.ToUpper(words[0].text) {
			case "CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN":
				key = append(key, primaryKey(item)...)
				continue
			}
		}
		definition := upper(words[1:])
		if generated(definition) {
			continue // computed, not stored
		}
		if i := slices.Index(definition, "PRIMARY"); i >= 0 {
			key = append(key, words[0].text)
			if definition[0] == "INTEGER" {
				t.rowid = len(t.columns)
			}
		}
		t.columns = append(t.columns, columnName(words[0].text))
	}
	if strings.Contains(strings.ToUpper(rest), "WITHOUT") {
		t.rowid = -1
		t.keyFirst(key)
	} else if t.rowid < 0 && len(key) == 1 {
		t.rowid = integerKey(items, t.columns, key[0])
	}
	return t
}

// columnName is a name in one line of bounded length.
func columnName(s string) string {
	return strings.ToValidUTF8(strings.Join(strings.Fields(s[:min(len(s), 100)]), " "), "")
}

// keyFirst orders the columns as tables without row numbers store them: those of
// the primary key first (section 2.4).
func (t *tableInfo) keyFirst(key []string) {
	var first, others []string
	for _, k := range key {
		for _, c := range t.columns {
			if strings.EqualFold(c, columnName(k)) && !slices.Contains(first, c) {
				first = append(first, c)
			}
		}
	}
	for _, c := range t.columns {
		if !slices.Contains(first, c) {
			others = append(others, c)
		}
	}
	t.columns = append(first, others...)
}

// integerKey is the place of the column that PRIMARY KEY (name) makes the number
// of the row, -1 if its type is another than INTEGER.
func integerKey(items, columns []string, key string) int {
	at := slices.IndexFunc(columns, func(c string) bool { return strings.EqualFold(c, columnName(key)) })
	for _, item := range items {
		if w := tokens(item); at >= 0 && len(w) > 1 && columnName(w[0].text) == columns[at] && strings.EqualFold(w[1].text, "INTEGER") {
			return at
		}
	}
	return -1
}

// primaryKey is the columns of PRIMARY KEY (a, b DESC).
func primaryKey(item string) (names []string) {
	i := strings.Index(strings.ToUpper(item), "PRIMARY")
	if i < 0 {
		return nil
	}
	open := strings.IndexByte(item[i:], '(')
	if open < 0 {
		return nil
	}
	columns, _ := splitList(item[i+open+1:])
	for _, c := range columns {
		if w := tokens(c); len(w) > 0 {
			names = append(names, w[0].text)
		}
	}
	return names
}

// generated reports whether a column is computed and not stored.
func generated(definition []string) bool {
	return slices.Contains(definition, "AS") && !slices.Contains(definition, "STORED")
}

// splitList splits what stands up to the closing parenthesis at commas outside of
// quotes, comments and inner parentheses.
func splitList(s string) (items []string, rest string) {
	depth, start := 0, 0
	for i := 0; i < len(s); {
		if n := skipQuoted(s[i:]); n > 0 {
			i += n
			continue
		}
		switch s[i] {
		case '(':
			depth++
		case ')':
			if depth--; depth < 0 {
				return append(items, s[start:i]), s[i+1:]
			}
		case ',':
			if depth == 0 {
				items = append(items, s[start:i])
				start = i + 1
			}
		}
		i++
	}
	return append(items, s[start:]), ""
}

// skipQuoted is the length of the quoted name, the string or the comment that s
// begins with, or 0.
func skipQuoted(s string) int {
	end := ""
	switch {
	case strings.HasPrefix(s, "--"):
		end = "\n"
	case strings.HasPrefix(s, "/*"):
		end = "*/"
	case s[0] == '[':
		end = "]"
	case s[0] == '"' || s[0] == '\'' || s[0] == '`':
		end = s[:1]
	default:
		return 0
	}
	n := strings.Index(s[1:], end)
	if n < 0 {
		return len(s)
	}
	return 1 + n + len(end)
}

// word is a word of SQL.
type word struct {
	text   string
	quoted bool
}

// tokens are the words of an item, without comments, strings in parentheses and
// signs; quotes are undone.
func tokens(s string) (out []word) {
	depth := 0
	for i := 0; i < len(s) && len(out) < 64; {
		n := skipQuoted(s[i:])
		switch {
		case n > 0 && (s[i] == '-' || s[i] == '/'):
			i += n
		case n > 0:
			if depth == 0 && n >= 2 {
				text := s[i+1 : i+n-1]
				out = append(out, word{strings.ReplaceAll(text, s[i:i+1]+s[i:i+1], s[i:i+1]), true})
			}
			i += n
		case s[i] == '(':
			depth++
			i++
		case s[i] == ')':
			depth--
			i++
		case depth > 0 || !nameByte(s[i]):
			i++
		default:
			from := i
			for i < len(s) && nameByte(s[i]) {
				i++
			}
			out = append(out, word{s[from:i], false})
		}
	}
	return out
}

func nameByte(c byte) bool {
	return c == '_' || c == '$' || c >= '0' && c <= '9' || unicode.IsLetter(rune(c)) || c >= 0x80
}

func upper(words []word) (out []string) {
	for _, w := range words {
		if !w.quoted {
			out = append(out, strings.ToUpper(w.text))
		}
	}
	return out
}
