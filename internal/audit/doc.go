// Package audit judges an inventory: on which rung of the ladder each slot
// stands, why, and what would lift it, and which rules the keys, their policies
// and the whole break. It emits the message stream that every report renders.
//
// It judges what can be seen without deciding requests: who may use a key is
// judged from the text of its policy alone, and a slot that looks right is sound
// with the question "authorization" left open. What is unknown or unread stays
// so; it is never turned into a pass or a fail.
//
// Order and content of the stream depend on the inventory and the options only:
// inputs, then the slots sorted by resource and slot, each followed by its
// findings, then the findings of keys, then those of the whole run.
package audit
