using System.Buffers;
using Lepton.Orleans.Grains.Storage;

namespace Lepton.Orleans.Grains.Users;

/// <summary>The names of a user's newest events, each with the time it was recorded: a repetition is known by them.</summary>
internal sealed class EventNames
{
    private readonly Dictionary<UInt128, (uint Content, long TimeMs)> _names = [];

    /// <summary>How many names there are.</summary>
    public int Count => _names.Count;

    /// <summary>What was said under a name, or <see langword="null"/>: it was never used, or before <paramref name="sinceMs"/>.</summary>
    public uint? Find(EventName name, long sinceMs) => _names.TryGetValue(name.Id, out var known) && known.TimeMs >= sinceMs ? known.Content : null;

    /// <summary>Remembers a name.</summary>
    public void Add(EventName name, long timeMs) => _names[name.Id] = (name.Content, timeMs);

    /// <summary>Forgets the names that were used before a time.</summary>
    public void Forget(long beforeMs)
    {
        // A dictionary may lose entries while it is walked.
        foreach (var (id, (_, timeMs)) in _names)
        {
            if (timeMs < beforeMs)
            {
                _names.Remove(id);
            }
        }
    }

    /// <summary>Writes all names.</summary>
    public void Write(ArrayBufferWriter<byte> output)
    {
        output.WriteNumber(_names.Count);
        foreach (var (id, (content, timeMs)) in _names)
        {
            new EventName(id, content).Write(output);
            output.WriteNumber(timeMs);
        }
    }

    /// <summary>Reads what <see cref="Write"/> wrote; <see langword="null"/> where there are none.</summary>
    /// <exception cref="InvalidDataException">The bytes are none of these.</exception>
    public static EventNames? Read(ref StateReader input)
    {
        var count = input.ReadCount();
        var names = count == 0 ? null : new EventNames();
        for (; count > 0; count--)
        {
            var name = EventName.Read(ref input);
            names!.Add(name, input.ReadNumber());
        }

        return names;
    }
}
