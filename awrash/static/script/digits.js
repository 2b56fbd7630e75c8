// Reads digits typed on an Arabic or Persian keyboard as those that the forms use.

/** The text with ٠…٩ and ۰…۹ as 0…9; both rows begin at a multiple of 16 in Unicode. */
export const westernDigits = (text) => text.replace(/[٠-٩۰-۹]/g, (digit) => digit.charCodeAt(0) % 16);
