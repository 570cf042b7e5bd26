using Lepton.Orleans.Engine.Binary;
using Lepton.Orleans.Engine.Neighbours;
using Lepton.Orleans.Engine.Ranking;

namespace Lepton.Orleans.Engine.Training;

/// <summary>The result of a build: everything that can be learned from the histories alone.</summary>
public sealed record BuiltModel
{
    private const uint Magic = 0x314D424C; // "LBM1"
    private const uint End = 0x444E454C; // "LEND"

    /// <summary>One more than the highest item number the build knew.</summary>
    public required int ItemCount { get; init; }

    /// <summary>Local ridge weights, row = source item.</summary>
    public required NeighbourTable Neighbourhood { get; init; }

    /// <summary>Item vectors; <see langword="null"/> if there was nothing to decompose.</summary>
    public required ItemFactors? Factors { get; init; }

    /// <summary>The blend's weights.</summary>
    public required BlendWeights Weights { get; init; }

    /// <summary>Sequential rules, counted exactly, to replace the online counters with.</summary>
    public required NeighbourTable Transitions { get; init; }

    /// <summary>The row sums of <see cref="Transitions"/>, dropped entries included.</summary>
    public required float[] TransitionTotals { get; init; }

    /// <summary>Co-occurrence, counted exactly.</summary>
    public required NeighbourTable CoOccurrence { get; init; }

    /// <summary>The row sums of <see cref="CoOccurrence"/>, dropped entries included.</summary>
    public required float[] CoOccurrenceTotals { get; init; }

    /// <summary>Per item the number of users that have it.</summary>
    public required float[] Counts { get; init; }

    /// <summary>What the learning of weights saw, or <see langword="null"/> if they were not learned.</summary>
    public WeightLearningResult? Learning { get; init; }

    /// <summary>A ranking model of this build alone, without what was learned per event since.</summary>
    public RankingModel ToRankingModel() => new()
    {
        ItemCount = ItemCount,
        Transitions = Transitions,
        TransitionTotals = TransitionTotals,
        CoOccurrence = CoOccurrence,
        Counts = Counts,
        Neighbourhood = Neighbourhood,
        Factors = Factors,
        Weights = Weights,
    };

    /// <summary>Writes the build in a versioned binary form. <see cref="Learning"/> is not part of it.</summary>
    /// <param name="stream">A writable stream; it need not seek.</param>
    public void Write(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var output = new StreamOutput(stream);
        output.Write(Magic);
        output.Write(ItemCount);
        output.WriteArray<byte>(Weights.ToBytes());
        output.WriteTable(Neighbourhood);
        output.WriteTable(Transitions);
        output.WriteArray<float>(TransitionTotals);
        output.WriteTable(CoOccurrence);
        output.WriteArray<float>(CoOccurrenceTotals);
        output.WriteArray<float>(Counts);
        output.Write(Factors?.Rank ?? 0);
        if (Factors is not null)
        {
            output.WriteArray<float>(Factors.Vectors);
            output.WriteArray<float>(Factors.InputScale);
        }

        output.Write(End);
        output.Flush();
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <param name="stream">A readable stream; it need not seek.</param>
    /// <exception cref="InvalidDataException">The bytes are of another kind or version, cut short, or contradict themselves.</exception>
    public static BuiltModel Read(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var input = new StreamInput(stream, "built model");
        input.Expect(Magic);
        var itemCount = input.Read<int>();
        var weights = BlendWeights.FromBytes(input.ReadArray<byte>());
        var model = new BuiltModel
        {
            ItemCount = itemCount,
            Weights = weights,
            Neighbourhood = input.ReadTable(),
            Transitions = input.ReadTable(),
            TransitionTotals = input.ReadArray<float>(),
            CoOccurrence = input.ReadTable(),
            CoOccurrenceTotals = input.ReadArray<float>(),
            Counts = input.ReadArray<float>(),
            Factors = ReadFactors(input),
        };
        input.Expect(End);
        return model;
    }

    private static ItemFactors? ReadFactors(StreamInput input)
    {
        var rank = input.Read<int>();
        if (rank == 0)
        {
            return null;
        }

        var vectors = input.ReadArray<float>();
        var scale = input.ReadArray<float>();
        if (rank < 0 || vectors.Length != (long)rank * scale.Length)
        {
            throw new InvalidDataException($"The built model states {scale.Length} items of rank {rank} but holds {vectors.Length} values.");
        }

        return new ItemFactors(rank, vectors, scale);
    }
}
