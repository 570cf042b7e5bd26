using System.Buffers;
using Lepton.Orleans.Engine.Binary;

namespace Lepton.Orleans.Engine.Ranking;

/// <summary>
/// How the sources are blended: the score of an item is Σ weight · source / deviation, the deviation over all items of one user's scores. A
/// weight of 0 switches a source off and saves its work. The exponents shape the sources themselves.
/// </summary>
public sealed record BlendWeights
{
    private const uint Magic = 0x3157424C; // "LBW1"

    /// <summary>For a model without a build: counters alone.</summary>
    public static BlendWeights Default { get; } = new();

    /// <summary>For a model without a build whose recurrent model was learned per event, from some thousand of them.</summary>
    public static BlendWeights Online { get; } = new() { Recurrence = 1f };

    /// <summary>For a model with a build whose data were too few to learn weights from.</summary>
    public static BlendWeights AfterBuild { get; } = new() { Transitions = 1f, CoOccurrence = .1f, Neighbourhood = .7f, Embedding = .5f, Recurrence = 1f };

    /// <summary>The weight of the sequential rules.</summary>
    public float Transitions { get; init; } = 1f;

    /// <summary>The weight of the co-occurrence counters.</summary>
    public float CoOccurrence { get; init; } = .5f;

    /// <summary>The weight of the local ridge neighbourhoods.</summary>
    public float Neighbourhood { get; init; } = .7f;

    /// <summary>The weight of the embedding.</summary>
    public float Embedding { get; init; } = .5f;

    /// <summary>The weight of trending items among the candidates of the other sources.</summary>
    public float Trending { get; init; }

    /// <summary>The weight of popular items among the candidates of the other sources.</summary>
    public float Popular { get; init; }

    /// <summary>The weight of the recurrent model.</summary>
    public float Recurrence { get; init; }

    /// <summary>The weight of what like-minded users have.</summary>
    public float UserNeighbourhood { get; init; }

    /// <summary>q in (1+age)^−q, the weight of a history entry in the sequential rules; age 0 is the newest.</summary>
    public float TransitionRecency { get; init; } = 1f;

    /// <summary>q for the co-occurrence counters.</summary>
    public float CoOccurrenceRecency { get; init; } = 1f;

    /// <summary>q for the neighbourhoods.</summary>
    public float NeighbourhoodRecency { get; init; } = .5f;

    /// <summary>q for the embedding.</summary>
    public float EmbeddingRecency { get; init; } = 1f;

    /// <summary>r in rowsum^−r: how far a rule counts as a share of its source's rules.</summary>
    public float TransitionRowExponent { get; init; } = .7f;

    /// <summary>
    /// What is added to a row sum before its power: a source seen a few times would else speak louder than any other, all
    /// of its rules being large shares of next to nothing.
    /// </summary>
    public const float TransitionPrior = 10f;

    /// <summary>β in p^−β: how far the popularity of a rule's target is discounted.</summary>
    public float TransitionPopularityExponent { get; init; } = .3f;

    /// <summary>How far the popularity of an item in the history is discounted in its co-occurrences; .5 here and below is the cosine.</summary>
    public float CoOccurrenceRowExponent { get; init; } = .5f;

    /// <summary>How far the popularity of what it co-occurs with is discounted.</summary>
    public float CoOccurrencePopularityExponent { get; init; } = .3f;

    /// <summary>e in clip((n/16)^−e, .3, 3): how far the embedding gains weight with small histories of n items.</summary>
    public float EmbeddingHistoryExponent { get; init; }

    /// <summary>Whether the embedding is that of implicit feedback and not of the normalised decomposition.</summary>
    public bool EmbeddingIsImplicit { get; init; }

    /// <summary>The weight of one source; 0 for <see cref="Source.Latest"/>, which only fills up lists.</summary>
    public float this[Source source] => source switch
    {
        Source.Transitions => Transitions,
        Source.CoOccurrence => CoOccurrence,
        Source.Neighbourhood => Neighbourhood,
        Source.Embedding => Embedding,
        Source.Trending => Trending,
        Source.Popular => Popular,
        Source.Recurrence => Recurrence,
        Source.UserNeighbourhood => UserNeighbourhood,
        _ => 0f,
    };

    /// <summary>These weights with that of one source multiplied.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The source has no weight: see <see cref="this[Source]"/>.</exception>
    internal BlendWeights Scaled(Source source, float factor) => source switch
    {
        Source.Transitions => this with { Transitions = factor * Transitions },
        Source.CoOccurrence => this with { CoOccurrence = factor * CoOccurrence },
        Source.Neighbourhood => this with { Neighbourhood = factor * Neighbourhood },
        Source.Embedding => this with { Embedding = factor * Embedding },
        Source.Trending => this with { Trending = factor * Trending },
        Source.Popular => this with { Popular = factor * Popular },
        Source.Recurrence => this with { Recurrence = factor * Recurrence },
        Source.UserNeighbourhood => this with { UserNeighbourhood = factor * UserNeighbourhood },
        _ => throw new ArgumentOutOfRangeException(nameof(source)),
    };

    /// <summary>What one count of a rule is worth, given its source's row sum: (rowsum + prior)^−r.</summary>
    public float RuleShare(float total) => total > 0f ? MathF.Pow(total + TransitionPrior, -TransitionRowExponent) : 0f;

    /// <summary>The weight of the embedding for a history of <paramref name="historyItems"/> items.</summary>
    public float EmbeddingFor(int historyItems) =>
        EmbeddingHistoryExponent == 0f || historyItems <= 0
            ? Embedding
            : Embedding * Math.Clamp(MathF.Pow(historyItems / 16f, -EmbeddingHistoryExponent), .3f, 3f);

    /// <summary>These weights for histories whose order means nothing: no recency, no sequential rules and no recurrence.</summary>
    public BlendWeights WithoutOrder() => this with
    {
        Transitions = 0f,
        Recurrence = 0f,
        TransitionRecency = 0f,
        CoOccurrenceRecency = 0f,
        CoOccurrenceRowExponent = .5f,
        CoOccurrencePopularityExponent = .5f,
        NeighbourhoodRecency = 0f,
        EmbeddingRecency = 0f,
    };

    /// <summary>These weights in a versioned binary form.</summary>
    public byte[] ToBytes()
    {
        var buffer = new ArrayBufferWriter<byte>();
        var output = new BinaryOutput(buffer);
        output.Write(Magic);
        output.WriteArray<float>(
        [
            Transitions, CoOccurrence, Neighbourhood, Embedding, Trending, Popular,
            TransitionRecency, CoOccurrenceRecency, NeighbourhoodRecency, EmbeddingRecency,
            TransitionRowExponent, TransitionPopularityExponent, CoOccurrencePopularityExponent, EmbeddingHistoryExponent,
            Recurrence, CoOccurrenceRowExponent, EmbeddingIsImplicit ? 1f : 0f, UserNeighbourhood,
        ]);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Reads what <see cref="ToBytes"/> gave; values that a later release added are ignored.</summary>
    /// <exception cref="InvalidDataException">The bytes are of another kind or cut short.</exception>
    public static BlendWeights FromBytes(ReadOnlySpan<byte> bytes)
    {
        const int known = 14;
        var input = new BinaryInput(bytes, "blend weights");
        input.Expect(Magic);
        var values = input.ReadArray<float>();
        if (values.Length < known)
        {
            throw new InvalidDataException($"The blend weights hold {values.Length} values, at least {known} are needed.");
        }

        return new BlendWeights
        {
            Transitions = values[0],
            CoOccurrence = values[1],
            Neighbourhood = values[2],
            Embedding = values[3],
            Trending = values[4],
            Popular = values[5],
            TransitionRecency = values[6],
            CoOccurrenceRecency = values[7],
            NeighbourhoodRecency = values[8],
            EmbeddingRecency = values[9],
            TransitionRowExponent = values[10],
            TransitionPopularityExponent = values[11],
            CoOccurrencePopularityExponent = values[12],
            EmbeddingHistoryExponent = values[13],
            Recurrence = values.Length > known ? values[known] : 0f,
            CoOccurrenceRowExponent = values.Length > known + 1 ? values[known + 1] : values[12],
            EmbeddingIsImplicit = values.Length > known + 2 && values[known + 2] != 0f,
            UserNeighbourhood = values.Length > known + 3 ? values[known + 3] : 0f,
        };
    }
}
