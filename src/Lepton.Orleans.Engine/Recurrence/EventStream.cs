using Lepton.Orleans.Engine.Training;

namespace Lepton.Orleans.Engine.Recurrence;

/// <summary>The events of all users, user after user in an order that changes with every epoch, cut into chunks.</summary>
internal sealed class EventStream
{
    private readonly Interactions _interactions;
    private readonly int _perUser;
    private readonly int[] _users;
    private int _next;
    private int _offset;

    public EventStream(Interactions interactions, int perUser)
    {
        _interactions = interactions;
        _perUser = perUser;
        _users = [.. Enumerable.Range(0, interactions.UserCount).Where(user => interactions.Of(user).Length > 1)];
        foreach (var user in _users)
        {
            Length += Newest(user).Length - 1;
        }
    }

    /// <summary>How many events have one that comes next, in an epoch.</summary>
    public long Length { get; }

    /// <summary>Starts an epoch.</summary>
    public void Restart(ref Xorshift random)
    {
        for (var i = _users.Length - 1; i > 0; i--)
        {
            var other = random.Below(i + 1);
            (_users[i], _users[other]) = (_users[other], _users[i]);
        }

        (_next, _offset) = (0, 0);
    }

    /// <summary>Reads the next events.</summary>
    /// <param name="items">Receives the items.</param>
    /// <param name="targets">Receives what came after each.</param>
    /// <param name="starts">Receives whether each is its user's first.</param>
    /// <returns>How many were read; 0 at the end of the epoch.</returns>
    public int Read(Span<int> items, Span<int> targets, Span<bool> starts)
    {
        var count = 0;
        while (count < items.Length && _next < _users.Length)
        {
            var history = Newest(_users[_next]);
            var taken = Math.Min(items.Length - count, history.Length - 1 - _offset);
            history.Slice(_offset, taken).CopyTo(items[count..]);
            history.Slice(_offset + 1, taken).CopyTo(targets[count..]);
            starts.Slice(count, taken).Clear();
            starts[count] = _offset == 0;
            count += taken;
            _offset += taken;
            if (_offset == history.Length - 1)
            {
                (_next, _offset) = (_next + 1, 0);
            }
        }

        return count;
    }

    private ReadOnlySpan<int> Newest(int user)
    {
        var history = _interactions.Of(user);
        return history.Length > _perUser ? history[^_perUser..] : history;
    }
}
