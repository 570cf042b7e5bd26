using Orleans.Providers.Streams.Common;

namespace Lepton.Orleans.Streaming.Kafka;

/// <summary>
/// How far a delivery has come, as Orleans notes it. It compares like any token; but a subscriber that comes back with one
/// has had everything before it, so it never makes anybody read the partition again, as the token of an event does.
/// </summary>
[GenerateSerializer, Alias("lepton.kafka.BatchToken")]
internal sealed class KafkaBatchToken : EventSequenceTokenV2
{
    public KafkaBatchToken()
    {
    }

    public KafkaBatchToken(long offset)
        : base(offset)
    {
    }

    protected override Type SequenceTokenCompatibilityDomain => typeof(EventSequenceToken);
}
