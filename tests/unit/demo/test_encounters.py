import json

from tools.demo.encounters import repeated


def test_encounters_are_repeated_under_ids_of_their_own() -> None:
    lines = ['{"id": "a", "title": "A", "text": "Über"}', '{"id": "b", "title": "B", "text": "two"}']
    encounters = [json.loads(line) for line in repeated(lines, 5)]
    assert [encounter["id"] for encounter in encounters] == ["a-001", "b-002", "a-003", "b-004", "a-005"]
    assert [encounter["text"] for encounter in encounters] == ["Über", "two", "Über", "two", "Über"]
