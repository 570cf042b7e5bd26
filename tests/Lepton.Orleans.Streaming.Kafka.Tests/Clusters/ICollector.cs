namespace Lepton.Orleans.Streaming.Kafka.Tests.Clusters;

/// <summary>A grain that is only there to be subscribed.</summary>
public interface ICollector : IGrainWithStringKey;
