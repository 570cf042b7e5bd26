namespace Lepton.Orleans.Silo.Streams;

/// <summary>Applies the feedback of one partition. Key: the partition's number. It is called by its stream alone.</summary>
[Alias("lepton.IFeedbackIngestGrain")]
internal interface IFeedbackIngestGrain : IGrainWithStringKey;
