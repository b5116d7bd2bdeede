// The floor: what any good programmer writes in an hour to scan frames and keep books.
// Plain C++17: one pass over the text, int64 fixed point, one sorted flat array a side with the
// best level at its end. No SIMD, no checks of continuity, no errors worth the name. Kraken's
// checksum is verified only when DECIMALS say how numbers are written: "XBT/USD:1:8,...".
//
// floor WIRE DEPTH PASSES FILE [DECIMALS]: FILE holds u32 openings, u32 frames, then u32 length + bytes each.
// Prints CPU ns a frame over all passes (openings untimed), then each book's ten best levels.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

struct Level { int64_t key, size; };
constexpr int DECIMALS = 8;

struct Side {  // ascending by key; bids: key = price, asks: key = -price, so that the best is last
    std::vector<Level> levels;
    void put(int64_t key, int64_t size) {
        auto at = std::lower_bound(levels.begin(), levels.end(), key,
                                   [](const Level& l, int64_t k) { return l.key < k; });
        bool found = at != levels.end() && at->key == key;
        if (size == 0) { if (found) levels.erase(at); }
        else if (found) at->size = size;
        else levels.insert(at, {key, size});
    }
    void limit(size_t depth) {
        if (depth && levels.size() > depth)
            levels.erase(levels.begin(), levels.begin() + (levels.size() - depth));
    }
};
struct Book { Side bids, asks; };

static const char* number(const char* p, int64_t& value) {
    if (*p == '"') ++p;
    int64_t v = 0;
    int left = DECIMALS;
    while (*p >= '0' && *p <= '9') v = v * 10 + (*p++ - '0');
    if (*p == '.') {
        ++p;
        while (*p >= '0' && *p <= '9' && left > 0) { v = v * 10 + (*p++ - '0'); --left; }
        while (*p >= '0' && *p <= '9') ++p;
    }
    while (left-- > 0) v *= 10;
    if (*p == '"') ++p;
    value = v;
    return p;
}

struct Frame {
    std::string_view symbol;
    bool snapshot = false;
    uint32_t checksum = 0;
    std::vector<Level> bids, asks;
};

static const char* levels(const char* p, std::vector<Level>& into) {
    ++p;  // [
    while (*p != ']') {
        if (*p == '[') {
            Level l;
            p = number(p + 1, l.key);
            p = number(p + 1, l.size);
            while (*p != ']') ++p;
            into.push_back(l);
        } else if (*p == '{') {  // {"price":1,"qty":2}
            Level l;
            while (*p != ':') ++p;
            p = number(p + 1, l.key);
            while (*p != ':') ++p;
            p = number(p + 1, l.size);
            while (*p != '}') ++p;
            into.push_back(l);
        }
        ++p;
    }
    return p + 1;
}

static void scan(std::string_view text, std::string_view symbol_key, Frame& frame) {
    frame.symbol = {};
    frame.snapshot = false;
    frame.bids.clear();
    frame.asks.clear();
    const char* p = text.data();
    const char* end = p + text.size();
    while (p < end) {
        if (*p != '"') { ++p; continue; }
        const char* start = ++p;
        while (*p != '"') ++p;
        std::string_view word(start, p - start);
        ++p;
        if (p < end && *p == ':') {
            ++p;
            if (*p == '[') {
                if (word == "bids" || word == "b") p = levels(p, frame.bids);
                else if (word == "asks" || word == "a") p = levels(p, frame.asks);
                else if (word == "bs") { frame.snapshot = true; p = levels(p, frame.bids); }
                else if (word == "as") { frame.snapshot = true; p = levels(p, frame.asks); }
            } else if (word == "c" || word == "checksum") {
                if (*p == '"') ++p;
                frame.checksum = strtoul(p, const_cast<char**>(&p), 10);
                if (*p == '"') ++p;
            } else if (word == symbol_key || word == "action" || word == "type") {
                start = ++p;
                while (*p != '"') ++p;
                std::string_view value(start, p - start);
                ++p;
                if (word == symbol_key) frame.symbol = value;
                else frame.snapshot = value == "snapshot";
            }
        } else if (symbol_key.empty()) frame.symbol = word;  // Kraken v1: the last string
    }
}

struct Decimals { int price, size; };

struct Crc {
    uint32_t table[256];
    Crc() {
        for (uint32_t i = 0; i < 256; ++i) {
            uint32_t c = i;
            for (int k = 0; k < 8; ++k) c = c & 1 ? 0xEDB88320u ^ (c >> 1) : c >> 1;
            table[i] = c;
        }
    }
    uint32_t of(const char* p, const char* end) const {
        uint32_t c = 0xFFFFFFFFu;
        while (p < end) c = table[(c ^ (unsigned char)*p++) & 255] ^ (c >> 8);
        return c ^ 0xFFFFFFFFu;
    }
};

static char* digits(char* at, int64_t value, int decimals) {
    for (int i = decimals; i < DECIMALS; ++i) value /= 10;
    for (int i = DECIMALS; i < decimals; ++i) value *= 10;
    char text[24];
    int n = 0;
    do { text[n++] = '0' + value % 10; value /= 10; } while (value);
    while (n) *at++ = text[--n];
    return at;
}

static uint32_t checksum(const Book& book, const Decimals& d, const Crc& crc) {
    char text[1024];
    char* at = text;
    for (const Side* side : {&book.asks, &book.bids}) {
        auto& levels = side->levels;
        for (size_t i = 0; i < 10 && i < levels.size(); ++i) {
            auto& l = levels[levels.size() - 1 - i];
            at = digits(at, side == &book.asks ? -l.key : l.key, d.price);
            at = digits(at, l.size, d.size);
        }
    }
    return crc.of(text, at);
}

static int64_t cpu_ns() {
    timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

int main(int argc, char** argv) {
    if (argc != 5 && argc != 6) return 2;
    std::string wire = argv[1];
    size_t depth = wire.compare(0, 6, "kraken") == 0 ? strtoul(argv[2], nullptr, 10) : 0;
    long passes = strtol(argv[3], nullptr, 10);
    std::string_view symbol_key = wire.compare(0, 3, "okx") == 0 ? "instId"
                                  : wire == "kraken-v2"          ? "symbol"
                                  : wire == "kraken-v1"          ? ""
                                                                 : "s";
    FILE* file = fopen(argv[4], "rb");
    if (!file) return 2;
    uint32_t openings, frames;
    if (fread(&openings, 4, 1, file) != 1 || fread(&frames, 4, 1, file) != 1) return 2;
    std::vector<std::string> texts(openings + frames);
    for (auto& text : texts) {
        uint32_t length;
        if (fread(&length, 4, 1, file) != 1) return 2;
        text.resize(length);
        if (fread(text.data(), 1, length, file) != length) return 2;
    }
    std::unordered_map<std::string_view, Book> books;
    std::unordered_map<std::string_view, Decimals> decimals;
    for (char* p = argc == 6 ? argv[5] : nullptr; p && *p;) {
        char* colon = strchr(p, ':');
        Decimals& d = decimals[std::string_view(p, colon - p)];
        d.price = strtol(colon + 1, &p, 10);
        d.size = strtol(p + 1, &p, 10);
        if (*p == ',') ++p;
    }
    Crc crc;
    long wrong = 0;
    Frame frame;
    auto apply = [&](std::string_view text, bool opening) {
        scan(text, symbol_key, frame);
        Book& book = books[frame.symbol];
        if (frame.snapshot || opening) { book.bids.levels.clear(); book.asks.levels.clear(); }
        for (auto& l : frame.bids) book.bids.put(l.key, l.size);
        for (auto& l : frame.asks) book.asks.put(-l.key, l.size);
        book.bids.limit(depth);
        book.asks.limit(depth);
        if (!decimals.empty() && !opening)
            wrong += checksum(book, decimals[frame.symbol], crc) != frame.checksum;
    };
    // Binance's opening is a reply without a symbol: give it the first frame's.
    int64_t spent = 0;
    for (long pass = 0; pass < passes; ++pass) {
        books.clear();
        for (uint32_t i = 0; i < openings; ++i) apply(texts[i], true);
        if (symbol_key == "s" && frames) {
            Book opened = books[std::string_view()];
            books.clear();
            scan(texts[openings], symbol_key, frame);
            books[frame.symbol] = opened;
        }
        int64_t begin = cpu_ns();
        for (uint32_t i = openings; i < openings + frames; ++i) apply(texts[i], false);
        spent += cpu_ns() - begin;
    }
    printf("ns %f\n", double(spent) / (double(passes) * (frames ? frames : 1)));
    if (wrong) { fprintf(stderr, "%ld checksums wrong\n", wrong); return 1; }
    for (auto& [symbol, book] : books) {
        printf("book %.*s %zu %zu\n", int(symbol.size()), symbol.data(),
               book.bids.levels.size(), book.asks.levels.size());
        for (size_t i = 0; i < 10 && i < book.bids.levels.size(); ++i) {
            auto& l = book.bids.levels[book.bids.levels.size() - 1 - i];
            printf("bid %lld %lld\n", (long long)l.key, (long long)l.size);
        }
        for (size_t i = 0; i < 10 && i < book.asks.levels.size(); ++i) {
            auto& l = book.asks.levels[book.asks.levels.size() - 1 - i];
            printf("ask %lld %lld\n", (long long)-l.key, (long long)l.size);
        }
    }
    return 0;
}
