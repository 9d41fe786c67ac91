// The program whose precompiled header the others use.
int main() { return 0; }
