// Linked into the programs of the functions. Since glibc 2.35 there is a second hypot, which says an overflow in another
// way, and the linker takes the newest; this one calls the first, which provided.al2023 has too. Hidden, or it would be
// what it calls.
#ifdef __aarch64__
__asm__(".symver first_hypot, hypot@GLIBC_2.17");
#else
__asm__(".symver first_hypot, hypot@GLIBC_2.2.5");
#endif
extern double first_hypot(double x, double y);

__attribute__((visibility("hidden"))) double hypot(double x, double y) { return first_hypot(x, y); }
