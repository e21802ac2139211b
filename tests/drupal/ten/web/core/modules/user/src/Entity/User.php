<?php

namespace Drupal\user\Entity;

final class User
{
    private object $row;
    private ?string $password = null;

    private function __construct(object $row)
    {
        $this->row = $row;
    }

    public static function load($uid): ?self
    {
        $row = \Drupal::database()->query('SELECT * FROM {users_field_data} WHERE uid = ?', [$uid])->fetch();
        return $row ? new self($row) : null;
    }

    public function id(): int
    {
        return (int) $this->row->uid;
    }

    public function getAccountName(): string
    {
        return $this->row->name;
    }

    public function getEmail(): ?string
    {
        return $this->row->mail;
    }

    public function getPassword(): ?string
    {
        return $this->row->pass;
    }

    public function getLastLoginTime(): int
    {
        return (int) $this->row->login;
    }

    public function setUsername(string $name): self
    {
        return $this->set('name', $name);
    }

    public function setEmail(string $mail): self
    {
        return $this->set('mail', $mail);
    }

    /** Hashed when it is saved, as Drupal does. */
    public function setPassword(string $password): self
    {
        $this->password = $password;
        return $this;
    }

    public function set(string $field, $value): self
    {
        $this->row->$field = $value;
        return $this;
    }

    public function save(): void
    {
        if ($this->password !== null) {
            $this->row->pass = user_hash_password($this->password);
        }
        \Drupal::database()->replace('users_field_data', ['changed' => time()] + (array) $this->row);
    }

    public function isActive(): bool
    {
        return $this->row->status == 1;
    }

    /** The first user may do everything; the others, nothing. */
    public function hasPermission(string $permission): bool
    {
        return $this->id() === 1;
    }
}
