package randfunc

import "math/bits"

// Problem: a function with any control flow, loops with several entries among it, that ends for sure.
//
// Idea: choose the graph before its contents.
//
//  1. Every node but the entry has a predecessor with a lower number, so that all are reachable.
//  2. An edge to a node of the same or a lower number is a back edge. The target of a back edge begins with taking fuel
//     and leaves for the exit if there is none left. Every cycle has a back edge.
//  3. Values are visible where their node dominates, by sets of dominators as bit masks.

// maxBlocks bounds Config.Blocks; with what is added there are at most 64 nodes.
const maxBlocks = 30

// node is a block to be.
type node struct {
	succs []int
	fuel  bool // begins with taking fuel; then the successors are the node that goes on, and the exit
	exit  bool // where functions without fuel end
}

type graph struct {
	nodes []node
	doms  []uint64 // per node: its dominators, itself included
	order []int    // dominators first
}

// newGraph makes a graph of at most n nodes, besides those that take fuel and the exit. If guarded, the entry takes fuel.
func newGraph(src *Source, n int, guarded bool) *graph {
	n = 1 + src.N(n)
	succs := make([][]int, n)
	for i := 1; i < n; i++ {
		parent := i - 1
		if src.N(3) > 0 {
			parent = src.N(i)
		}
		succs[parent] = append(succs[parent], i)
	}
	for i := range succs {
		for n > 1 && len(succs[i]) < 6 && src.Chance(30) {
			succs[i] = append(succs[i], 1+src.N(n-1))
		}
	}
	g := &graph{}
	g.addGuards(succs, guarded)
	g.dominators()
	return g
}

// addGuards makes the nodes: those that take fuel keep their numbers, and what they were comes behind.
func (g *graph) addGuards(succs [][]int, guarded bool) {
	n := len(succs)
	back := make([]bool, n)
	back[0] = guarded
	for i, ss := range succs {
		for _, s := range ss {
			if s <= i {
				back[s] = true
			}
		}
	}
	g.nodes = make([]node, n)
	exit := n
	for i := range succs {
		if back[i] {
			exit++
		}
	}
	for i, ss := range succs {
		if !back[i] {
			g.nodes[i].succs = ss
			continue
		}
		g.nodes[i] = node{succs: []int{len(g.nodes), exit}, fuel: true}
		g.nodes = append(g.nodes, node{succs: ss})
	}
	if exit > n {
		g.nodes = append(g.nodes, node{exit: true})
	}
}

// dominators computes doms, by iteration, and order.
func (g *graph) dominators() {
	n := len(g.nodes)
	preds := make([][]int, n)
	for i := range g.nodes {
		for _, s := range g.nodes[i].succs {
			preds[s] = append(preds[s], i)
		}
	}
	g.doms = make([]uint64, n)
	for i := 1; i < n; i++ {
		g.doms[i] = ^uint64(0)
	}
	g.doms[0] = 1
	for changed := true; changed; {
		changed = false
		for i := 1; i < n; i++ {
			d := ^uint64(0)
			for _, p := range preds[i] {
				d &= g.doms[p]
			}
			if d |= 1 << i; d != g.doms[i] {
				g.doms[i], changed = d, true
			}
		}
	}
	for depth := 1; len(g.order) < n; depth++ {
		for i := range n {
			if bits.OnesCount64(g.doms[i]) == depth {
				g.order = append(g.order, i)
			}
		}
	}
}
