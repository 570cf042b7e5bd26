using Lepton.Orleans.Engine.Ranking;

namespace Lepton.Orleans.Engine.Tests.Ranking;

public sealed class BlendWeightsTests
{
    [Fact]
    public void Weights_survive_their_binary_form()
    {
        var weights = RandomModels.Create(99).Weights with { TransitionRowExponent = .33f, CoOccurrenceRowExponent = .22f, Recurrence = .11f, EmbeddingIsImplicit = true, CoOccurrencePopularityExponent = .44f, TransitionPopularityExponent = .55f };

        Assert.Equal(weights, BlendWeights.FromBytes(weights.ToBytes()));
    }

    [Fact]
    public void Weights_of_an_earlier_release_have_no_recurrence_and_one_exponent_for_both_items()
    {
        var bytes = (BlendWeights.Default with { Recurrence = 1f, CoOccurrencePopularityExponent = .44f }).ToBytes();
        BitConverter.TryWriteBytes(bytes.AsSpan(4), 14);

        var read = BlendWeights.FromBytes(bytes);

        Assert.Equal(0f, read.Recurrence);
        Assert.Equal(.44f, read.CoOccurrenceRowExponent);
    }

    [Fact]
    public void Truncated_bytes_are_refused_whereever_they_end()
    {
        var bytes = BlendWeights.Default.ToBytes();
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Throws<InvalidDataException>(() => BlendWeights.FromBytes(bytes.AsSpan(0, length)));
        }
    }

    [Fact]
    public void Small_histories_give_the_embedding_more_weight()
    {
        var weights = new BlendWeights { Embedding = 1f, EmbeddingHistoryExponent = .6f };

        Assert.Equal(1f, weights.EmbeddingFor(16), 1e-6f);
        Assert.Equal(3f, weights.EmbeddingFor(1));
        Assert.Equal(.3f, weights.EmbeddingFor(1000));
    }
}
