// Package audit judges an inventory: on which rung of the ladder each slot
// stands, why, and what would lift it, and which rules the keys, their policies
// and the whole break. It emits the message stream that every report renders.
//
// Whether the principals with a need can use a key, and who else can, is decided by the
// policy engine on the needs of the catalogue (package estate). What depends on the
// request or on facts that are not confirmed leaves the question "authorization" open.
// What is unknown or unread stays so; it is never turned into a pass or a fail.
//
// Order and content of the stream depend on the inventory and the options only:
// inputs, then the slots sorted by resource and slot, each followed by its
// findings, then the findings of keys, then those of the whole run.
package audit
