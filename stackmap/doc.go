// Package stackmap encodes the stack maps of compiled functions in a compact table, and finds in it the roots of a frame.
//
// A [Writer] takes functions in the order of their code and makes the table: bytes that mean the same in executable memory
// and in a section of an object file. A [Table] reads them in place. [Table.Lookup] goes from a return address to a
// [Map]: the size of the frame and its roots, each with a type and an offset from the nominal stack pointer. Neither
// allocates once its buffers have grown.
//
// # What a lookup can say
//
// Only an exact return address has a map. There are four answers, and only the first lets a collector go on:
//
//   - nil: the call is recorded; its roots, maybe none, are in the Map;
//   - [ErrNoFunction]: the address lies in no function of the table: a frame of somebody else, or of a function that
//     makes no calls;
//   - [ErrNoMap]: the address lies in a function whose calls without roots were not recorded. Whether this one had a map
//     that was lost cannot be told;
//   - [ErrNotReturn]: the address lies in a function with all its calls recorded, and is the return address of none.
//
// So that calls without roots can be told from lost maps, [Writer.Add] records the return addresses of all calls that the
// code lists in asm.Code.Calls; a call without roots costs few bytes. Code that lists none, such as an imported table, gives
// functions that are not complete, and ErrNoMap.
//
// A damaged table gives a [*FormatError], never a panic and never fewer roots than were written: every count, offset and
// reference is checked before it is followed. [Table.Validate] checks all of a table at once.
//
// # Roots
//
// A root may have any type that a stack slot can hold. A derived root, an address inside of an object, names the root
// of the same map that it was derived from ([Root.Base]); a collector moves the base and adds the old difference.
//
// The layout of the bytes is described in format.go. [AppendWasmtime] and [OpenWasmtime] write and read the simpler layout
// that Wasmtime puts into its section .wasmtime.stackmap.
package stackmap
