//go:build !amd64 && !arm64

package native

// WordsOffset is the distance from Ctx.GoSP to the place of Enter's pointer to the argument words: 48 bytes of frame with the
// return address, a word, and e.
const WordsOffset = 64
