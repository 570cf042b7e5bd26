using System.Buffers;
using System.Runtime.InteropServices;
using Lepton.Orleans.Engine.Recurrence;

namespace Lepton.Orleans.Grains.Learning;

/// <summary>
/// Events of a silo's users and what came before each, as <see cref="EventContexts"/> lays them out, in a buffer of the shared
/// pool. It belongs to whoever got it last, and is given back by whoever has copied it; one that is sent to another silo, or
/// lost, is left to the collector.
/// </summary>
[GenerateSerializer, Immutable, Alias("lepton.LearnerEvents")]
internal sealed record LearnerEvents
{
    /// <summary>
    /// How long the buffers of the pool are. A silo gives a learner no more than one each tenth of a second: some 1,700 events a
    /// second, which are learned from in about three hundredths of a processor.
    /// </summary>
    public const int BufferBytes = 8 * 1024;

    /// <summary>The events as bytes, which a serializer copies as they are.</summary>
    [Id(0)] public ReadOnlyMemory<byte> Content { get; init; }

    /// <summary>
    /// Where events begin that the weights of the blend are learned from: those few have as much of their user's history as an event
    /// can have. <see langword="null"/> for none.
    /// </summary>
    [Id(1)] public int[]? Samples { get; init; }

    /// <summary>The events.</summary>
    public ReadOnlySpan<int> Events => MemoryMarshal.Cast<byte, int>(Content.Span);

    /// <summary>Gives the buffer back to the pool. Nobody may look at this any more.</summary>
    public void Release()
    {
        if (MemoryMarshal.TryGetArray(Content, out var segment) && segment.Array is { Length: BufferBytes } buffer)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
