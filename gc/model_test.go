package gc

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// A random program works on a heap and, step by step, on a model of it in Go objects; now and then the two are compared.

// Layouts of the model.
const (
	layPair LayoutID = iota
	layVector
	layBytes
	layMixed   // word 0 raw, word 1 and 2 references, then references
	layStructs // elements of three words: reference, raw, reference
	layEmpty
	layWide // words at both ends of a long fixed part
)

var modelLayouts = []Layout{
	layPair:    {Name: "pair", Words: 2, Refs: 3},
	layVector:  {Name: "vector", Elem: RefElem},
	layBytes:   {Name: "bytes", Elem: RawElem(1)},
	layMixed:   {Name: "mixed", Words: 3, Refs: 6, Elem: RefElem},
	layStructs: {Name: "structs", Words: 1, Elem: Elem{Bytes: 24, Refs: 5}},
	layEmpty:   {Name: "empty"},
	layWide:    {Name: "wide", Words: 64, Refs: 1<<63 | 1},
}

// Tags of the model: numbers are even, references have 1, 3 or 7 in the lowest bits, words with 5 are something else.
var modelTags = Tags{Low: 1<<1 | 1<<3 | 1<<7}

// node is an object of the model.
type node struct {
	layout LayoutID
	tag    Word
	n      int
	words  []any  // per word: *node, or Word
	bytes  []byte // of layBytes
}

type model struct {
	t     testing.TB
	h     *Heap
	r     *rand.Rand
	nodes []*node // handles of the model
	hands []Handle
	root  []*node // root words
	big   bool    // large objects, too
}

func newModel(t testing.TB, seed uint64, cfg Config, roots int) *model {
	spec, err := NewSpec(modelTags, modelLayouts...)
	if err != nil {
		t.Fatal(err)
	}
	h, err := New(spec, cfg)
	if err != nil {
		t.Fatal(err)
	}
	m := &model{t: t, h: h, r: rand.New(rand.NewPCG(seed, 1))}
	m.must(h.Enter())
	for range roots {
		_, err := h.AddRoot(0)
		m.must(err)
		m.root = append(m.root, nil)
	}
	return m
}

func (m *model) must(err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
}

func (m *model) close() {
	m.h.Leave()
	m.must(m.h.Close())
}

// make makes an object.
func (m *model) make() {
	id := LayoutID(m.r.IntN(len(modelLayouts)))
	n := 0
	if modelLayouts[id].Elem.Bytes > 0 {
		n = m.r.IntN(20)
		if m.big && m.r.IntN(50) == 0 {
			n = m.r.IntN(60000)
		}
	}
	nd := &node{layout: id, tag: []Word{1, 3, 7}[m.r.IntN(3)], n: n}
	w, err := m.h.New(id, n, nd.tag)
	m.must(err)
	if id == layBytes {
		nd.bytes = make([]byte, n)
		for i := range nd.bytes {
			nd.bytes[i] = byte(m.r.Uint32())
		}
		copy(m.h.Bytes(w), nd.bytes)
	} else {
		nd.words = make([]any, (m.h.spec.shapes[id].size(makeHeader(id, n))-HeaderBytes)/8)
		for i := range nd.words {
			nd.words[i] = Word(0)
		}
	}
	if modelLayouts[id].Elem.Bytes == 0 {
		nd.n = int(m.r.Uint32())
		m.h.SetUser(w, uint32(nd.n))
	}
	m.keep(nd, w)
}

// keep puts an object into a handle.
func (m *model) keep(nd *node, w Word) {
	if len(m.hands) > 40 {
		i := m.r.IntN(len(m.hands))
		m.nodes[i] = nd
		m.hands[i].Set(w)
		return
	}
	m.nodes = append(m.nodes, nd)
	m.hands = append(m.hands, m.h.NewHandle(w))
}

// isRef reports whether word i of a node is a place for references.
func (nd *node) isRef(i int) bool {
	l := &modelLayouts[nd.layout]
	if i < l.Words {
		return l.Refs>>i&1 != 0
	}
	i -= l.Words
	return l.Elem.Bytes > 0 && l.Elem.Refs>>(i%(l.Elem.Bytes/8))&1 != 0
}

// store changes a word of an object.
func (m *model) store() {
	i := m.r.IntN(len(m.hands))
	nd := m.nodes[i]
	if len(nd.words) == 0 {
		return
	}
	k := m.r.IntN(len(nd.words))
	v := Word(m.r.Uint64())
	if nd.isRef(k) {
		v = v&^7 | []Word{0, 2, 4, 5, 6}[m.r.IntN(5)]
	}
	nd.words[k] = v
	if nd.isRef(k) && m.r.IntN(5) > 0 {
		j := m.r.IntN(len(m.hands))
		nd.words[k], v = m.nodes[j], m.hands[j].Get()
	}
	m.h.Store(m.hands[i].Get(), k, v)
}

// follow puts an object that another one refers to into a handle.
func (m *model) follow() {
	i := m.r.IntN(len(m.hands))
	nd := m.nodes[i]
	if len(nd.words) == 0 {
		return
	}
	k := m.r.IntN(len(nd.words))
	if to, ok := nd.words[k].(*node); ok {
		m.keep(to, m.h.Load(m.hands[i].Get(), k))
	}
}

// setRoot changes a root word.
func (m *model) setRoot() {
	i, j := m.r.IntN(len(m.root)), m.r.IntN(len(m.hands))
	m.root[i] = m.nodes[j]
	m.h.SetRoot(i, m.hands[j].Get())
}

func (m *model) drop() {
	if len(m.hands) < 2 {
		return
	}
	i := m.r.IntN(len(m.hands))
	m.hands[i].Free()
	m.hands = slices.Delete(m.hands, i, i+1)
	m.nodes = slices.Delete(m.nodes, i, i+1)
}

func (m *model) step() {
	if len(m.hands) == 0 {
		m.make()
	}
	switch k := m.r.IntN(100); {
	case k < 40:
		m.make()
	case k < 70:
		m.store()
	case k < 85:
		m.follow()
	case k < 90:
		m.setRoot()
	case k < 99:
		m.drop()
	case m.r.IntN(10) == 0:
		m.must(m.h.Collect(m.r.IntN(3) == 0))
	}
}

// compare walks heap and model side by side.
func (m *model) compare() {
	m.must(m.h.Verify())
	at := map[*node]Word{}
	of := map[Word]*node{}
	var todo []*node
	meet := func(where string, nd *node, w Word) {
		if nd == nil {
			if w != 0 {
				m.t.Fatalf("%s is %#x, expected 0", where, w)
			}
			return
		}
		if old, ok := at[nd]; ok && old != w || of[w] != nil && of[w] != nd || w&7 != nd.tag {
			m.t.Fatalf("%s refers to %#x, which is not the object", where, w)
		}
		if _, ok := at[nd]; !ok {
			at[nd], of[w] = w, nd
			todo = append(todo, nd)
		}
	}
	for i, nd := range m.nodes {
		meet(fmt.Sprint("handle ", i), nd, m.hands[i].Get())
	}
	for i, nd := range m.root {
		meet(fmt.Sprint("root ", i), nd, m.h.Root(i))
	}
	for len(todo) > 0 {
		nd := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		w := at[nd]
		if m.h.LayoutOf(w) != nd.layout || m.h.Len(w) != nd.n {
			m.t.Fatalf("object of layout %d and length %d, expected %d and %d", m.h.LayoutOf(w), m.h.Len(w), nd.layout, nd.n)
		}
		if nd.layout == layBytes && !slices.Equal(m.h.Bytes(w), nd.bytes) {
			m.t.Fatal("bytes have changed")
		}
		for i, x := range nd.words {
			v := m.h.Load(w, i)
			if to, ok := x.(*node); ok {
				meet(fmt.Sprintf("word %d of a %s", i, modelLayouts[nd.layout].Name), to, v)
			} else if v != x.(Word) {
				m.t.Fatalf("word %d of a %s is %#x, expected %#x", i, modelLayouts[nd.layout].Name, v, x)
			}
		}
	}
}

var modelConfigs = []struct {
	name  string
	cfg   Config
	steps int
	big   bool
}{
	{"small", Config{Nursery: 64 << 10, MaxNursery: 64 << 10, Verify: true}, 40000, false},
	{"large", Config{Nursery: 64 << 10, MaxNursery: 128 << 10}, 40000, true},
	{"stress", Config{Stress: true}, 3000, true},
	{"verified stress", Config{Stress: true, Verify: true}, 300, true},
	{"default", Config{}, 200000, false},
}

func TestModel(t *testing.T) {
	for _, c := range modelConfigs {
		t.Run(c.name, func(t *testing.T) {
			for seed := range uint64(2) {
				m := newModel(t, seed, c.cfg, 20)
				m.big = c.big
				for i := range c.steps {
					m.step()
					if i%(c.steps/10) == 0 {
						m.compare()
					}
				}
				m.compare()
				t.Logf("%+v", m.h.Stats())
				m.close()
			}
		})
	}
}

// FuzzModel takes seeds for programs. Long runs are for -fuzz.
func FuzzModel(f *testing.F) {
	f.Add(uint64(1), uint8(0))
	f.Fuzz(func(t *testing.T, seed uint64, config uint8) {
		c := modelConfigs[int(config)%len(modelConfigs)]
		m := newModel(t, seed, c.cfg, 8)
		m.big = c.big
		for range min(c.steps, 3000) {
			m.step()
		}
		m.compare()
		m.close()
	})
}
