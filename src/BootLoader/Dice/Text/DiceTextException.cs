namespace BootLoader.Dice.Text;

/// <summary>A file is no hand-over and no chain. The message says what is wrong with it.</summary>
/// <param name="message">One line that follows on the file's name.</param>
public sealed class DiceTextException(string message) : Exception(message);
