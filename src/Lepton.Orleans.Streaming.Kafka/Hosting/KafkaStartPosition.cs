namespace Lepton.Orleans.Streaming.Kafka;

/// <summary>Where a partition is read from that nobody of the group has read before.</summary>
public enum KafkaStartPosition
{
    /// <summary>The oldest message that the broker still has.</summary>
    Earliest,

    /// <summary>Messages that come from now on.</summary>
    Latest,
}
