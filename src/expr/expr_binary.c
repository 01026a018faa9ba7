#include "expr/expr_binary.h"

static const char *const names[] = {
    [FORMAT_AUTO] = "auto",
    [FORMAT_BASE64] = "base64",
    [FORMAT_BASE64URL] = "base64url",
    [FORMAT_UTF8] = "utf8",
    [FORMAT_HEX] = "hex",
    [FORMAT_UUID] = "uuid",
};

bool binary_format_find(struct view name, enum binary_format *out)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (view_equal(name, view_of_str(names[i]))) {
			*out = (enum binary_format)i;
			return true;
		}
	return false;
}

/* ------------------------------------------------ base64 */

static const char letters[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

static char letter(uint32_t v, bool url)
{
	if (v < 62)
		return letters[v];
	return v == 62 ? (url ? '-' : '+') : (url ? '_' : '/');
}

static int digit(uint8_t c, bool url)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == (url ? '-' : '+'))
		return 62;
	return c == (url ? '_' : '/') ? 63 : -1;
}

static void encode_base64(struct view b, bool url, struct buf *out)
{
	for (size_t i = 0; i < b.len; i += 3) {
		size_t n = MIN_OF(b.len - i, (size_t)3);
		uint32_t v = (uint32_t)b.data[i] << 16;

		v |= n > 1 ? (uint32_t)b.data[i + 1] << 8 : 0;
		v |= n > 2 ? b.data[i + 2] : 0;
		for (size_t k = 0; k < 4; k++) {
			if (k <= n)
				buf_append_byte(
				    out, (uint8_t)letter(v >> (18 - 6 * k) & 63, url));
			else if (!url)
				buf_append_byte(out, '=');
		}
	}
}

/* Padding has to be there, but for base64url, where it may be. */
static bool decode_base64(struct view s, bool url, struct buf *out)
{
	size_t padding = 0;

	while (padding < 2 && padding < s.len && s.data[s.len - 1 - padding] == '=')
		padding++;
	if ((!url || padding) && s.len % 4 != 0)
		return false;
	s.len -= padding;
	if (s.len % 4 == 1)
		return false;
	for (size_t i = 0; i < s.len; i += 4) {
		size_t n = MIN_OF(s.len - i, (size_t)4);
		uint32_t v = 0;

		for (size_t k = 0; k < n; k++) {
			int d = digit(s.data[i + k], url);

			if (d < 0)
				return false;
			v |= (uint32_t)d << (18 - 6 * k);
		}
		for (size_t k = 0; k + 1 < n; k++)
			buf_append_byte(out, (uint8_t)(v >> (16 - 8 * k)));
	}
	return true;
}

/* ------------------------------------------------ hexadecimal */

static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool decode_hex(struct view s, struct buf *out)
{
	if (s.len % 2)
		return false;
	for (size_t i = 0; i < s.len; i += 2) {
		int high = hex_digit(s.data[i]), low = hex_digit(s.data[i + 1]);

		if (high < 0 || low < 0)
			return false;
		buf_append_byte(out, (uint8_t)(high << 4 | low));
	}
	return true;
}

static bool is_dash(size_t i)
{
	return i == 8 || i == 13 || i == 18 || i == 23;
}

static bool decode_uuid(struct view s, struct buf *out)
{
	uint8_t hex[32];
	size_t n = 0;

	if (s.len != 36)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (is_dash(i) != (s.data[i] == '-'))
			return false;
		if (!is_dash(i))
			hex[n++] = s.data[i];
	}
	return decode_hex(view_of(hex, n), out);
}

static bool encode_uuid(struct view b, struct buf *out)
{
	if (b.len != 16)
		return false;
	for (size_t i = 0; i < 16; i++)
		buf_printf(out, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "",
		    b.data[i]);
	return true;
}

/* ------------------------------------------------ */

/* How many bytes a character that begins so has, and the least value it may have. */
static size_t utf8_len(uint8_t first, uint32_t *least)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xC2 && first < 0xE0) {
		*least = 0x80;
		return 2;
	}
	if (first >= 0xE0 && first < 0xF0) {
		*least = 0x800;
		return 3;
	}
	*least = 0x10000;
	return first >= 0xF0 && first < 0xF5 ? 4 : 0;
}

bool utf8_is_valid(struct view s)
{
	for (size_t i = 0; i < s.len;) {
		uint32_t least = 0, v;
		size_t n = utf8_len(s.data[i], &least);

		if (n == 0 || n > s.len - i)
			return false;
		v = n == 1 ? s.data[i] : s.data[i] & (0xFFu >> (n + 1));
		for (size_t k = 1; k < n; k++) {
			if ((s.data[i + k] & 0xC0) != 0x80)
				return false;
			v = v << 6 | (s.data[i + k] & 0x3F);
		}
		if (v < least || v > 0x10FFFF || (v >= 0xD800 && v < 0xE000))
			return false;
		i += n;
	}
	return true;
}

bool binary_decode(struct view text, enum binary_format f, struct buf *out)
{
	switch (f) {
	case FORMAT_BASE64:
	case FORMAT_BASE64URL:
		return decode_base64(text, f == FORMAT_BASE64URL, out);
	case FORMAT_UTF8:
		buf_append_view(out, text);
		return true;
	case FORMAT_HEX:
		return decode_hex(text, out);
	case FORMAT_UUID:
		return decode_uuid(text, out);
	default:
		return false;
	}
}

bool binary_encode(struct view bytes, uint8_t subtype, enum binary_format f, struct buf *out)
{
	if (f == FORMAT_AUTO)
		f = subtype == SUBTYPE_UUID && bytes.len == 16 ? FORMAT_UUID : FORMAT_BASE64;
	switch (f) {
	case FORMAT_UTF8:
		buf_append_view(out, bytes);
		return utf8_is_valid(bytes);
	case FORMAT_HEX:
		for (size_t i = 0; i < bytes.len; i++)
			buf_printf(out, "%02X", bytes.data[i]);
		return true;
	case FORMAT_UUID:
		return subtype == SUBTYPE_UUID && encode_uuid(bytes, out);
	default:
		encode_base64(bytes, f == FORMAT_BASE64URL, out);
		return true;
	}
}
