package native

// WordsOffset is the distance from Ctx.GoSP to the place of Enter's pointer to the argument words: 64 bytes of frame with the
// return address, a word, and e.
const WordsOffset = 80
