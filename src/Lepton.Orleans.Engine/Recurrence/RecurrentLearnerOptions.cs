namespace Lepton.Orleans.Engine.Recurrence;

/// <summary>Settings of <see cref="RecurrentLearner"/>.</summary>
public sealed record RecurrentLearnerOptions
{
    /// <summary>The model's shape where no build has given one, and how a step learns.</summary>
    public RecurrentOptions Model { get; init; } = new() { Chunk = 16, Rate = .0003f, VectorRate = 1000f / 3f, ItemDropout = 0f, ElementDropout = 0f };

    /// <summary>The most items that are learned at once, half a kilobyte each; beyond, those without recent events make room.</summary>
    public int MaximumItems { get; init; } = 1 << 17;

    /// <summary>How many recent events half of the negatives are drawn from.</summary>
    public int RecentEvents { get; init; } = 1 << 15;

    /// <summary>What remains of a squared gradient after another: what keeps vectors able to learn for ever.</summary>
    public float Forgetting { get; init; } = .999f;

    /// <summary>How much noise a new item's vector has beside that of the item that came before it.</summary>
    public float Noise { get; init; } = .3f;

    /// <summary>How far a build's vector is taken to have settled, in gradients for each time its item occurs.</summary>
    public float SettledPerEvent { get; init; } = 1f;
}
