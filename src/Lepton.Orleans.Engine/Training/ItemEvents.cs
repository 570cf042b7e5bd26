namespace Lepton.Orleans.Engine.Training;

/// <summary>Interactions turned around: per item the places in <see cref="Interactions.Items"/> where it stands, and whose they are, by rising user.</summary>
internal sealed class ItemEvents
{
    private readonly int[] _offsets;
    private readonly int[] _places;
    private readonly int[] _users;

    public ItemEvents(Interactions interactions)
    {
        _offsets = new int[interactions.ItemCount + 1];
        foreach (var item in interactions.Items)
        {
            _offsets[item + 1]++;
        }

        for (var item = 0; item < interactions.ItemCount; item++)
        {
            _offsets[item + 1] += _offsets[item];
        }

        _places = new int[interactions.Items.Length];
        _users = new int[interactions.Items.Length];
        var next = _offsets.AsSpan(0, interactions.ItemCount).ToArray();
        for (var user = 0; user < interactions.UserCount; user++)
        {
            for (var place = interactions.UserOffsets[user]; place < interactions.UserOffsets[user + 1]; place++)
            {
                var slot = next[interactions.Items[place]]++;
                _places[slot] = place;
                _users[slot] = user;
            }
        }
    }

    public ReadOnlySpan<int> Places(int item) => _places.AsSpan(_offsets[item], _offsets[item + 1] - _offsets[item]);

    public ReadOnlySpan<int> Users(int item) => _users.AsSpan(_offsets[item], _offsets[item + 1] - _offsets[item]);
}
