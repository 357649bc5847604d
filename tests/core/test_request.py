from opsctl.core.request import new_id


def test_an_id_that_an_operation_has_is_not_given_to_another(team):
    draws = iter([bytes(6), bytes(6), b"\x01" * 6])
    first = new_id(team.store, lambda _: next(draws))
    team.store.write(lambda tx: tx.append(first, "requested", {}))
    assert first == "op-222222"
    assert new_id(team.store, lambda _: next(draws)) == "op-333333"
