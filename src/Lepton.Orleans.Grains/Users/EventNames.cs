using System.Buffers;
using Lepton.Orleans.Grains.Storage;

namespace Lepton.Orleans.Grains.Users;

/// <summary>The names of a user's newest events, each with the time it was recorded: a repetition is known by them.</summary>
/// <remarks>The time of one whose event changed nothing is kept as a negative number: releases before take it for forgotten.</remarks>
internal sealed class EventNames
{
    private readonly Dictionary<UInt128, (uint Content, long TimeMs)> _names = [];

    /// <summary>How many names there are.</summary>
    public int Count => _names.Count;

    /// <summary>
    /// What was said under a name, and whether that changed nothing; <see langword="null"/>: it was never used, or before
    /// <paramref name="sinceMs"/>.
    /// </summary>
    public (uint Content, bool IsIdle)? Find(EventName name, long sinceMs) =>
        _names.TryGetValue(name.Id, out var known) && Math.Abs(known.TimeMs) >= sinceMs ? (known.Content, known.TimeMs < 0) : null;

    /// <summary>All names, with their times.</summary>
    public (EventName Name, long TimeMs)[] All => [.. _names.Select(n => (new EventName(n.Key, n.Value.Content), n.Value.TimeMs))];

    /// <summary>Remembers the names of another user, but for those that stand for something here already.</summary>
    public void AddNew(ReadOnlySpan<(EventName Name, long TimeMs)> others)
    {
        foreach (var (name, timeMs) in others)
        {
            _names.TryAdd(name.Id, (name.Content, timeMs));
        }
    }

    /// <summary>Remembers a name.</summary>
    public void Add(EventName name, long timeMs) => _names[name.Id] = (name.Content, timeMs);

    /// <summary>Remembers a name whose event changed nothing.</summary>
    public void AddIdle(EventName name, long timeMs) => Add(name, -timeMs);

    /// <summary>Forgets the names that were used before a time.</summary>
    public void Forget(long beforeMs)
    {
        // A dictionary may lose entries while it is walked.
        foreach (var (id, (_, timeMs)) in _names)
        {
            if (Math.Abs(timeMs) < beforeMs)
            {
                _names.Remove(id);
            }
        }
    }

    /// <summary>Writes names and their times.</summary>
    public static void Write(ArrayBufferWriter<byte> output, ReadOnlySpan<(EventName Name, long TimeMs)> names)
    {
        output.WriteNumber(names.Length);
        foreach (var (name, timeMs) in names)
        {
            name.Write(output);
            output.WriteNumber(timeMs);
        }
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The bytes are none of these.</exception>
    public static (EventName Name, long TimeMs)[] ReadAll(ref StateReader input)
    {
        var names = new (EventName, long)[input.ReadCount()];
        for (var i = 0; i < names.Length; i++)
        {
            names[i] = (EventName.Read(ref input), input.ReadNumber());
        }

        return names;
    }

    /// <summary>Reads what <see cref="Write"/> wrote; <see langword="null"/> where there are none.</summary>
    /// <exception cref="InvalidDataException">The bytes are none of these.</exception>
    public static EventNames? Read(ref StateReader input)
    {
        EventNames? names = null;
        foreach (var (name, timeMs) in ReadAll(ref input))
        {
            (names ??= new EventNames()).Add(name, timeMs);
        }

        return names;
    }
}
