// Package opt transforms functions into equivalent ones. It has the clean-up passes that make a function plain before
// anything else looks at it:
//
//   - [Context.RemoveUnreachable] drops the blocks that nothing leads to;
//   - [Context.RemoveConstantParams] drops block parameters that always get the same value;
//   - [ResolveAliases] makes every use name the value itself.
//
// Passes change a function in place. A function that verifies does so afterwards as well, and stack maps and the
// declarations of values that need them stay right. The result depends on the function alone.
package opt
