namespace Lepton.Orleans.Grains.Backup;

/// <summary>What a tenant remembers of the backup that is being restored, or was.</summary>
/// <param name="Backup">The backup's id.</param>
/// <param name="IsFinished">Whether its last line has come.</param>
/// <param name="ModelVersion">The model whose parts are kept until then; 0 where there is none.</param>
/// <param name="ModelParts">How many parts it has.</param>
internal sealed record RestoreNote(string Backup, bool IsFinished = false, long ModelVersion = 0, int ModelParts = 0);
