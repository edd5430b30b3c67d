package ir

// EntityKind tells the kinds of entities apart.
type EntityKind uint8

// The kinds of entities. EntityFunction and EntityStackLimit have no number.
const (
	EntityFunction EntityKind = iota
	EntityBlock
	EntityInst
	EntityValue
	EntityStackSlot
	EntityDynSlot
	EntityDynType
	EntityGlobalValue
	EntitySig
	EntityFuncRef
	EntityConstant
	EntityRegion
	EntityStackLimit
	NumEntityKinds = iota
)

var entityPrefixes = [NumEntityKinds]string{"function", "block", "inst", "v", "ss", "dss", "dt", "gv", "sig", "fn", "const", "region", "stack_limit"}

// Entity names any entity of a function: the place of an error, what a comment belongs to. The zero value is the
// function itself. Entities are comparable.
type Entity struct {
	Kind  EntityKind
	Index uint32
}

// String prints the entity as in CLIF, such as "block2"; the function prints as "function".
func (e Entity) String() string {
	if e.Kind == EntityFunction || e.Kind == EntityStackLimit {
		return entityPrefixes[e.Kind]
	}
	return name(entityPrefixes[e.Kind], e.Index)
}

// Entity returns v as an entity of any kind; likewise the methods of the other handles.
func (v Value) Entity() Entity { return Entity{EntityValue, uint32(v)} }

// Entity returns b as an entity of any kind.
func (b Block) Entity() Entity { return Entity{EntityBlock, uint32(b)} }

// Entity returns i as an entity of any kind.
func (i Inst) Entity() Entity { return Entity{EntityInst, uint32(i)} }

// Entity returns s as an entity of any kind.
func (s StackSlot) Entity() Entity { return Entity{EntityStackSlot, uint32(s)} }

// Entity returns s as an entity of any kind.
func (s DynSlot) Entity() Entity { return Entity{EntityDynSlot, uint32(s)} }

// Entity returns t as an entity of any kind.
func (t DynType) Entity() Entity { return Entity{EntityDynType, uint32(t)} }

// Entity returns g as an entity of any kind.
func (g GlobalValue) Entity() Entity { return Entity{EntityGlobalValue, uint32(g)} }

// Entity returns s as an entity of any kind.
func (s SigRef) Entity() Entity { return Entity{EntitySig, uint32(s)} }

// Entity returns f as an entity of any kind.
func (f FuncRef) Entity() Entity { return Entity{EntityFuncRef, uint32(f)} }

// Entity returns c as an entity of any kind.
func (c Constant) Entity() Entity { return Entity{EntityConstant, uint32(c)} }

// Entity returns r as an entity of any kind.
func (r Region) Entity() Entity { return Entity{EntityRegion, uint32(r)} }
