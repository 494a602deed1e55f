"""The one cache: bounded by count or by size, forgetting what was used longest ago."""

import threading

from noa_rag.cache import Cache, Memo


def test_what_was_used_last_is_kept() -> None:
    cache: Cache[str, int] = Cache(2)
    for name, value in (("a", 1), ("b", 2)):
        cache.keep(name, value)
    cache.get("a")

    cache.keep("c", 3)

    assert [cache.get(name) for name in ("a", "b", "c")] == [1, None, 3]


def test_a_limit_in_bytes_counts_what_each_value_takes() -> None:
    cache: Cache[str, bytes] = Cache(10, size_of=len)
    cache.keep("a", b"1234")
    cache.keep("b", b"1234")
    assert cache.size == 8

    cache.keep("c", b"123456")  # 14 bytes: the oldest goes

    assert cache.get("a") is None
    assert (cache.values(), cache.size) == ([b"1234", b"123456"], 10)


def test_a_value_larger_than_the_limit_is_given_back_and_pushes_nothing_out() -> None:
    cache: Cache[str, bytes] = Cache(3, size_of=len)
    cache.keep("a", b"1")

    assert cache.get_or_make("b", lambda: b"123456") == b"123456"

    assert (cache.values(), cache.get("b")) == ([b"1"], None)


def test_a_value_kept_twice_is_counted_once() -> None:
    cache: Cache[str, bytes] = Cache(10, size_of=len)

    cache.keep("a", b"123456")
    cache.keep("a", b"12")

    assert (cache.size, len(cache)) == (2, 1)


def test_a_value_is_made_once_and_again_once_forgotten() -> None:
    cache: Cache[str, int] = Cache(2)
    made: list[int] = []

    def make() -> int:
        made.append(1)
        return len(made)

    assert [cache.get_or_make("a", make) for _ in range(3)] == [1, 1, 1]
    cache.forget()

    assert (cache.size, cache.get_or_make("a", make)) == (0, 2)


def test_threads_that_share_a_cache_never_take_it_past_its_limit() -> None:
    cache: Cache[int, bytes] = Cache(100, size_of=len)

    def fill(start: int) -> None:
        for number in range(start, start + 2_000):
            cache.get_or_make(number % 97, lambda size=number % 7 + 1: b"x" * size)

    threads = [threading.Thread(target=fill, args=(start,)) for start in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert cache.size == sum(len(value) for value in cache.values()) <= 100


def test_a_memo_makes_its_value_again_when_the_key_changes_only() -> None:
    made: list[int] = []
    memo: Memo[tuple[int, str], int] = Memo()

    def make() -> int:
        made.append(len(made))
        return made[-1]

    values = [memo.get_or_make(key, make) for key in ((1, "Monday"), (1, "Monday"), (2, "Monday"), (2, "Tuesday"))]

    assert values == [0, 0, 1, 2]
