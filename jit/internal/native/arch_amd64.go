package native

const (
	// EnterFrame is the distance from the stack pointer to the saved frame pointer in Enter.
	EnterFrame = 40
	// PreemptSkip is how far below the interrupted stack pointer the preemption pad finds the interrupted program
	// counter: 128 bytes that a leaf function may use, and the word.
	PreemptSkip = 136
	// WordsOffset is the distance from Ctx.GoSP to the place of Enter's pointer to the argument words: Ctx.GoSP is the place
	// of the return address of Enter's call, 40 bytes of frame, the saved frame pointer, the return address and e follow.
	WordsOffset = 72
)
