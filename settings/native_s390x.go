package settings

func detect() []detected {
	const hwcapVXRSExt2 = 1 << 15 // came with the same machine as the miscellaneous-instruction extensions 3
	z15 := hwcap()&hwcapVXRSExt2 != 0
	return []detected{{HasMIE3, z15}, {HasVXRSExt2, z15}}
}
