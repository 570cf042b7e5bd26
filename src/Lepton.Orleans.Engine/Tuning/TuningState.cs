using System.Buffers;
using System.Buffers.Binary;
using Lepton.Orleans.Engine.Binary;
using Lepton.Orleans.Engine.Ranking;

namespace Lepton.Orleans.Engine.Tuning;

/// <summary>How far a search has come: all that another process needs to go on with it, and what it has found.</summary>
public sealed record TuningState
{
    private const uint Magic = 0x3255544C; // "LTU2"

    // It did not say what settings its trials were made with.
    private const uint FirstMagic = 0x3155544C; // "LTU1"

    /// <summary>Nothing was searched yet.</summary>
    public static TuningState None { get; } = new();

    /// <summary>The best knobs found, which builds are made with.</summary>
    public Knobs Best { get; init; } = Knobs.None;

    /// <summary>Whether the search has looked at everything that it is to look at.</summary>
    public bool IsFinished { get; init; }

    /// <summary>How many events the newest trials learned from.</summary>
    public long Events { get; init; }

    /// <summary>The trials on the newest data, in the order in which they were made; the first is that of the defaults.</summary>
    public IReadOnlyList<TuningTrial> Trials { get; init; } = [];

    /// <summary>The trial of the best knobs; <see langword="null"/> where they were found on other data.</summary>
    public TuningTrial? BestTrial => Trials.FirstOrDefault(trial => trial.Knobs.Equals(OfBlend(Best)));

    /// <summary>Without the half-life of popularity, which has trials of its own: no source of the blend is trained with it.</summary>
    internal static Knobs OfBlend(Knobs knobs) => knobs.With(Knob.TrendingHalfLife, null);

    /// <summary>A mark of the data that the trials belong to: with others their figures do not compare.</summary>
    internal ulong Data { get; init; }

    /// <summary>A mark of the settings that they were made with; 0 where it is not known.</summary>
    internal ulong Settings { get; init; }

    /// <summary>Where the search on these data started.</summary>
    internal Knobs Start { get; init; } = Knobs.None;

    /// <summary>The knob that it looked at first.</summary>
    internal Knob First { get; init; }

    /// <summary>The knob that it looks at now.</summary>
    internal Knob At { get; init; }

    /// <summary>This state in a versioned binary form.</summary>
    public byte[] ToBytes()
    {
        var buffer = new ArrayBufferWriter<byte>();
        var output = new BinaryOutput(buffer);
        output.Write(Magic);
        output.Write(Data);
        output.Write(Settings);
        output.Write(Events);
        output.Write((byte)(IsFinished ? 1 : 0));
        output.Write((byte)First);
        output.Write((byte)At);
        output.WriteArray<byte>(Start.ToBytes());
        output.WriteArray<byte>(Best.ToBytes());
        output.Write(Trials.Count);
        foreach (var trial in Trials)
        {
            output.WriteArray<byte>(trial.Knobs.ToBytes());
            output.WriteArray<byte>(trial.Weights?.ToBytes() ?? []);
            output.WriteArray<double>([trial.Recall, trial.Ndcg]);
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Reads what <see cref="ToBytes"/> gave.</summary>
    /// <exception cref="InvalidDataException">The bytes are of another kind or version, cut short, or contradict themselves.</exception>
    public static TuningState FromBytes(ReadOnlySpan<byte> bytes)
    {
        const int leastTrial = 3 * sizeof(int);
        var input = new BinaryInput(bytes, "state of a search");
        var isFirst = bytes.Length >= sizeof(uint) && BinaryPrimitives.ReadUInt32LittleEndian(bytes) == FirstMagic;
        input.Expect(isFirst ? FirstMagic : Magic);
        var state = new TuningState
        {
            Data = input.Read<ulong>(),
            Settings = isFirst ? 0 : input.Read<ulong>(),
            Events = input.Read<long>(),
            IsFinished = input.Read<byte>() != 0,
            First = (Knob)input.Read<byte>(),
            At = (Knob)input.Read<byte>(),
            Start = Knobs.FromBytes(input.ReadArray<byte>()),
            Best = Knobs.FromBytes(input.ReadArray<byte>()),
        };
        var trials = new TuningTrial[input.ReadCount(leastTrial)];
        for (var i = 0; i < trials.Length; i++)
        {
            var knobs = Knobs.FromBytes(input.ReadArray<byte>());
            var weights = input.ReadArray<byte>();
            var figures = input.ReadArray<double>();
            trials[i] = figures.Length >= 2
                ? new TuningTrial(knobs, weights.Length == 0 ? null : BlendWeights.FromBytes(weights), figures[0], figures[1])
                : throw new InvalidDataException($"A trial of a search holds {figures.Length} figures, at least 2 are needed.");
        }

        input.ExpectEnd();
        return state with { Trials = trials };
    }
}
